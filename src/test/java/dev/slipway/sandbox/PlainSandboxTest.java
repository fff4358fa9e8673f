package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainSandboxTest {
  @TempDir private Path work;
  private Path folder;
  private Path temporary;
  private Optional<Duration> time = Optional.empty();
  private final List<String> output = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void makeFolders() throws Exception {
    folder = Files.createDirectory(work.resolve("tree"));
    temporary = Files.createDirectory(work.resolve("tmp"));
  }

  private void run(String text, Optional<Script.VisibleStore> store) throws Exception {
    Script script =
        new Script(
            "extraCommands of image 'it'",
            text,
            "/bin/bash",
            List.of("/usr/bin", "/bin"),
            Map.of("SOURCE_DATE_EPOCH", "315532800"));
    new PlainSandbox(temporary, output::add).run(script, folder, store, time);
  }

  @Test
  void whatTakesTooLongIsEnded() throws Exception {
    time = Optional.of(Duration.ofMillis(300));
    assertThatThrownBy(() -> run("echo begun; sleep 1000 & sleep 1000", Optional.empty()))
        .isInstanceOf(ScriptTimedOutException.class)
        .hasMessage("extraCommands of image 'it' did not end within 0 seconds");
    assertThat(output).containsExactly("begun");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void runsInTheFolderWithACleanEnvironmentAndUmask() throws Exception {
    run(
        "umask; pwd; mkdir -p a/b; echo x > a/b/c; env -0 | sort -z | tr '\\0' '\\n'",
        Optional.empty());
    assertThat(output).startsWith("0022", folder.toString());
    assertThat(output.stream().filter(line -> line.contains("=")).map(l -> l.replaceAll("=.*", "")))
        .containsExactlyInAnyOrder(
            "HOME",
            "PATH",
            "PWD",
            "SHLVL",
            "SOURCE_DATE_EPOCH",
            "TEMP",
            "TEMPDIR",
            "TMP",
            "TMPDIR",
            "_")
        .doesNotContain("USER");
    assertThat(folder.resolve("a/b/c")).hasContent("x\n");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("a/b/c"))))
        .isEqualTo("rw-r--r--");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void stopsAtTheFirstFailureAlsoInAPipe() {
    assertThatThrownBy(() -> run("echo one; false | true; touch reached", Optional.empty()))
        .isInstanceOf(ScriptFailedException.class)
        .hasMessage("extraCommands of image 'it' failed with exit status 1: one");
    assertThat(folder).isEmptyDirectory();
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void reportsStatusAndLastLines() {
    assertThatThrownBy(() -> run("for i in $(seq 50); do echo $i; done; exit 7", Optional.empty()))
        .isInstanceOfSatisfying(
            ScriptFailedException.class,
            e -> {
              assertThat(e.exitStatus()).isEqualTo(7);
              assertThat(e.log()).hasSize(20).endsWith("49", "50");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"sleep %s &", "setsid sleep %s &", "(trap '' TERM HUP; sleep %s) &"})
  @Timeout(60)
  void endsWhatIsLeftInTheBackground(String script) throws Exception {
    String duration = "1000." + ProcessHandle.current().pid() + System.nanoTime();
    run(script.formatted(duration) + "\necho started", Optional.empty());
    assertThat(output).containsExactly("started");
    assertThat(ProcessHandle.allProcesses().map(ProcessHandle::info))
        .noneMatch(info -> info.arguments().map(List::of).orElse(List.of()).contains(duration));
  }

  @Test
  void showsAStoreThatLiesElsewhereAtItsLogicalPlace() throws Exception {
    Path store = Files.createDirectories(work.resolve("elsewhere"));
    Files.writeString(store.resolve("greeting"), "hello");
    run(
        "cat /nix/store/greeting; test -x /bin/sh; pwd; cp /nix/store/greeting copy",
        Optional.of(new Script.VisibleStore("/nix/store", List.of(store))));
    assertThat(output).containsExactly("hello" + folder);
    assertThat(folder.resolve("copy")).hasContent("hello");
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void showsTwoStoresAsOne() throws Exception {
    Path first = Files.createDirectories(work.resolve("first"));
    Path second = Files.createDirectories(work.resolve("second"));
    Files.writeString(first.resolve("a"), "first");
    Files.writeString(second.resolve("a"), "hidden");
    Files.writeString(second.resolve("b"), "second");
    run(
        "cat /nix/store/a; echo; cat /nix/store/b; echo; ls /nix/store",
        Optional.of(new Script.VisibleStore("/nix/store", List.of(first, second))));
    assertThat(output).containsExactly("first", "second", "a", "b");
  }

  private void unpack(TarSource source) throws Exception {
    new PlainSandbox(temporary, output::add).unpack(source, folder);
  }

  @Test
  @Timeout(120)
  void unpacksHoweverMuchTarHasToSay() throws Exception {
    int files = 3000;
    RawName none = RawName.of("");
    long future = 32_503_680_000L; // GNU tar remarks on each file of the year 3000.
    unpack(out -> {
      TarWriter tar = new TarWriter(out, TarDialect.GNU_NUMERIC);
      for (int i = 0; i < files; i++) {
        RawName name = RawName.of("./a-file-with-a-name-of-some-length-" + i);
        tar.header(
            new TarHeader(
                TarHeader.Type.REGULAR, name, 0640, 0, 0, none, none, 0, future, none, 0, 0));
      }
      tar.finish();
    });
    assertThat(folder.toFile().list()).hasSize(files);
    assertThat(output).isEmpty();
  }

  @Test
  void saysWhyTarGaveUp() {
    assertThatThrownBy(() ->
            unpack(out -> {
              for (int i = 0; i < 64; i++) {
                ByteBuffer nonsense = ByteBuffer.allocate(1 << 16);
                while (nonsense.hasRemaining()) {
                  nonsense.put((byte) 'x');
                }
                out.write(nonsense.flip());
              }
            }))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("tar could not make the files of a layer in " + folder + ": tar: ");
  }

  @Test
  void letsTheFaultOfASourceThrough() {
    IOException fault = new IOException("no source");
    assertThatThrownBy(() ->
            unpack(_ -> {
              throw fault;
            }))
        .isSameAs(fault);
  }

  @Test
  void isNixsBuildUserWhoeverCalls() throws Exception {
    String script =
        """
        id -u; id -g
        mkdir shut; chmod 555 shut
        touch shut/file 2>/dev/null || echo refused
        chown 0:0 shut 2>/dev/null || echo refused
        chmod u+w shut; touch shut/file; stat -c %u:%g shut/file
        """;
    Path store = Files.createDirectories(work.resolve("elsewhere"));
    List<String> expected = List.of("1000", "100", "refused", "refused", "1000:100");

    run(script, Optional.empty());
    assertThat(output).isEqualTo(expected);
    output.clear();
    run(
        "rm -r shut\n" + script,
        Optional.of(new Script.VisibleStore("/nix/store", List.of(store))));
    assertThat(output).isEqualTo(expected);
  }

  @Test
  void deletesTreesThatForbidIt() throws Exception {
    run("mkdir -p shut/inner; touch shut/inner/x; chmod 0 shut/inner shut", Optional.empty());
    FileTree.delete(folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void refusesAFolderThatIsOneNoMore() {
    assertThatThrownBy(() -> run("mv $PWD $PWD.old; ln -s nowhere $PWD", Optional.empty()))
        .isInstanceOf(ImageException.class)
        .hasMessage("extraCommands of image 'it' put something else in the place of its folder");
  }

  @Test
  void hearsALineWithoutEndInParts() throws Exception {
    run("printf 'a\\rb\\r\\nc\\n\\n'; head -c 100000 /dev/zero | tr '\\0' x", Optional.empty());
    assertThat(output).startsWith("a", "b", "c", "");
    assertThat(output).allMatch(line -> line.length() <= 8192);
    assertThat(String.join("", output)).isEqualTo("abc" + "x".repeat(100_000));
  }
}
