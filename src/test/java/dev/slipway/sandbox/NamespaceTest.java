package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamespaceTest {
  /** What ldd of nixpkgs prints, where programs and ldd have two names for the loader. */
  private static final String NIXPKGS =
      """
      \tlinux-vdso.so.1 (0x00007ffd0e5c1000)
      \tlibacl.so.1 => /nix/store/acl/lib/libacl.so.1 (0x00007f1111111000)
      \tlibc.so.6 => /nix/store/glibc/lib/libc.so.6 (0x00007f2222222000)
      \tlibgone.so.1 => not found
      \t/nix/store/glibc/lib/ld-linux-x86-64.so.2 => /nix/store/glibc/lib64/ld-linux-x86-64.so.2 (0x00007f3333333000)
      """;

  @TempDir private Path folder;

  /** On NixOS and in Nix's sandbox there is nothing but a shell, or env, at the usual places. */
  @Test
  void aPlaceWithOneProgramGoesBehindThePathThatIsGiven() throws IOException {
    Path whole = Files.createDirectory(folder.resolve("usr"));
    Files.createFile(whole.resolve("sh"));
    Files.createFile(whole.resolve("tar"));
    Path single = Files.createDirectory(folder.resolve("bin"));
    Files.createFile(single.resolve("sh"));
    Path missing = folder.resolve("sbin");

    assertThat(Namespace.searchPath(List.of(single, missing, whole), "/a:/b"))
        .isEqualTo("%s:/a:/b:%s:%s".formatted(whole, single, missing));
  }

  @Test
  void programsHaveTheLoaderByItsNameInThem() throws Exception {
    Path lib = Files.createDirectories(folder.resolve("glibc/lib"));
    String printed = NIXPKGS.replace("/nix/store", folder.toString());
    program(lib.resolve("ld-linux-x86-64.so.2"), printed);

    assertThat(listed(printed))
        .containsExactly(
            folder + "/acl/lib/libacl.so.1",
            folder + "/glibc/lib/ld-linux-x86-64.so.2",
            folder + "/glibc/lib/libc.so.6",
            folder + "/glibc/lib64/ld-linux-x86-64.so.2");
  }

  @Test
  void soHaveThoseOfMachines() throws Exception {
    program(folder.resolve("ldd"), NIXPKGS);

    assertThat(new HostPrograms(List.of(folder)).libraries(List.of(folder.resolve("tar"))))
        .extracting(Path::toString)
        .containsExactly(
            "/nix/store/acl/lib/libacl.so.1",
            "/nix/store/glibc/lib/ld-linux-x86-64.so.2",
            "/nix/store/glibc/lib/libc.so.6",
            "/nix/store/glibc/lib64/ld-linux-x86-64.so.2");
  }

  /** What hold.sh makes of what ldd and the loader that it names print. */
  private List<String> listed(String printed) throws IOException, InterruptedException {
    program(folder.resolve("ldd"), printed);
    String hold = new String(Programs.read("hold.sh"), StandardCharsets.UTF_8);
    int start = hold.indexOf("list_libraries() {");
    String function = hold.substring(start, hold.indexOf("\n}\n", start) + "\n}\n".length());
    String script = "locate() { echo tar; }\nprograms=tar\n" + function + "list_libraries\n";
    ProcessBuilder builder = new ProcessBuilder("sh", "-euc", script);
    builder.environment().merge("PATH", folder.toString(), (old, own) -> own + ":" + old);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    List<String> lines = process.inputReader(StandardCharsets.UTF_8).readAllLines();
    assertThat(process.waitFor()).isZero();
    return lines;
  }

  /** Makes a program that prints a text. */
  private static void program(Path file, String printed) throws IOException {
    Files.writeString(file, "#!/bin/sh\ncat << 'END'\n" + printed + "END\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
