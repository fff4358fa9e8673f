package dev.slipway.debian;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import dev.slipway.store.NarNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of packages, of those that mean harm, too. */
class DebFileTest {
  @TempDir private Path folder;
  private int count;

  private String read(byte[] deb) throws IOException {
    Path file = Files.write(folder.resolve(++count + ".deb"), deb);
    PackageTree tree = new PackageTree();
    DebFile.read(file, "odd 1", folder.resolve(count + ".tar"), tree);
    StringBuilder lines = new StringBuilder();
    list(tree.toNode(), "", lines);
    return lines.toString();
  }

  /** Everything that there is, each name of which must be one of a file. */
  static void list(NarNode.Directory directory, String path, StringBuilder lines)
      throws IOException {
    for (var entry : directory.entries().entrySet()) {
      String name = new String(entry.getKey().toBytes(), ISO_8859_1);
      assertThat(name).isNotEmpty().isNotIn(".", "..").doesNotContain("/", "\0");
      String at = path + "/" + name;
      switch (entry.getValue()) {
        case NarNode.Directory below -> {
          lines.append(at).append("/\n");
          list(below, at, lines);
        }
        case NarNode.Symlink link -> {
          assertThat(new String(link.target().toBytes(), ISO_8859_1))
              .isNotEmpty()
              .doesNotContain("\0");
          lines.append(at).append(" -> ").append(link.target()).append('\n');
        }
        case NarNode.OnDisk file -> throw new AssertionError(file.path());
        case NarNode.Regular file -> {
          ByteArrayOutputStream content = new ByteArrayOutputStream();
          file.content().writeTo(Channels.newChannel(content));
          assertThat(content.size()).isEqualTo(file.size());
          String mark = file.executable() ? " * " : " = ";
          lines.append(at).append(mark).append(content.toString(UTF_8)).append('\n');
        }
      }
    }
  }

  private static DebSketch sketch() {
    return new DebSketch("odd", "1");
  }

  private void refuses(DebSketch sketch, String message) {
    refuses(() -> read(sketch.bytes("data.tar.xz")), message);
  }

  private static void refuses(ThrowingCallable reading, String message) {
    assertThatThrownBy(reading)
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("odd 1: ")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data.tar", "data.tar.gz", "data.tar.xz", "data.tar.zst"})
  void keepsWhatAStoreKeeps(String member) throws IOException {
    byte[] deb =
        sketch()
            .directory("./bin")
            .file("./bin/su", 04755, "root's")
            .link("./bin/other", TarArchiveEntry.LF_LINK, "./bin/su")
            .file("/etc/conf", 0640, "absolute")
            .link("./dev/null", TarArchiveEntry.LF_CHR, "")
            .link("./run/pipe", TarArchiveEntry.LF_FIFO, "")
            .link("./usr/lib64", TarArchiveEntry.LF_SYMLINK, "/usr/lib")
            .link("./etc/out", TarArchiveEntry.LF_SYMLINK, "../../../etc/passwd")
            .bytes(member);

    assertThat(read(deb))
        .isEqualTo(
            """
            /dev/
            /etc/
            /etc/conf = absolute
            /etc/out -> ../../../etc/passwd
            /run/
            /usr/
            /usr/bin/
            /usr/bin/other * root's
            /usr/bin/su * root's
            /usr/lib64 -> /usr/lib
            """);
  }

  @Test
  void whatLeadsElsewhereIsRefused() throws IOException {
    refuses(sketch().file("../etc/passwd", 0644, ""), "leads out of the package");
    refuses(sketch().file("./a/../../b", 0644, ""), "leads out of the package");
    refuses(
        sketch()
            .link("./a", TarArchiveEntry.LF_SYMLINK, "/etc")
            .file("./a/passwd", 0644, "through a link"),
        "./a/passwd is not in a directory");
    refuses(
        sketch().link("./a", TarArchiveEntry.LF_LINK, "/etc/passwd"),
        "./a is a link to /etc/passwd, which there is not");
    refuses(sketch().link("./a", TarArchiveEntry.LF_LINK, "./"), "which there is not");
    refuses(sketch().link("./a", TarArchiveEntry.LF_LINK, "../x"), "leads out of the package");
    refuses(
        sketch().directory("./d").link("./a", TarArchiveEntry.LF_LINK, "./d"),
        "which there is not");
    refuses(sketch().link("./a", TarArchiveEntry.LF_SYMLINK, ""), "link name is empty");
    refuses(sketch().file("d/".repeat(3000) + "x", 0644, ""), "a name that no file can have");
    refuses(sketch().file("./" + "x".repeat(256), 0644, ""), "has too long a name");
  }

  @Test
  void whatIsNoPackageIsRefused() throws IOException {
    refuses(() -> read(new byte[0]), "expected a Debian package");
    refuses(() -> read("!<arch>\n".getBytes(UTF_8)), "without data.tar");
    refuses(() -> read(sketch().bytes("data.tar.lzma")), "compressed in a way that is not known");
    refuses(() -> read(sketch().bytes("other.tar")), "without data.tar");
    byte[] deb = sketch().file("./a", 0644, "text").bytes("data.tar");
    refuses(
        () -> read(changed(deb, "data.tar        ", "data.tar.xz     ")), "damaged or truncated");
    refuses(() -> read(changed(deb, "data.tar        ", "data.tar.gz     ")), "data.tar.gz");
    refuses(() -> read(changed(deb, "4         `\n2.0", "9999999999`\n2.0")), "is cut short");
    refuses(() -> read(changed(deb, "4         `\n2.0", "-4        `\n2.0")), "expected a size");
    for (String member : List.of("data.tar", "data.tar.gz", "data.tar.xz", "data.tar.zst")) {
      byte[] whole = sketch().file("./a", 0644, "text".repeat(99)).bytes(member);
      refuses(() -> read(Arrays.copyOf(whole, whole.length - 20)), "");
      refuses(() -> read(Arrays.copyOf(whole, 210)), "");
    }
  }

  private static byte[] changed(byte[] deb, String text, String replacement) {
    String all = new String(deb, ISO_8859_1);
    assertThat(all).contains(text);
    return all.replace(text, replacement).getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void damageIsReadOrRefused(long seed) throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<String> members = List.of("data.tar", "data.tar.gz", "data.tar.xz", "data.tar.zst");
    byte[] whole =
        sketch()
            .file("./usr/bin/a", 0755, "text".repeat(50))
            .link("./usr/bin/b", TarArchiveEntry.LF_LINK, "./usr/bin/a")
            .link("./usr/bin/c", TarArchiveEntry.LF_SYMLINK, "a")
            .bytes(members.get((int) seed - 1));
    for (int round = 0; round < 200; round++) {
      byte[] deb = whole.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        deb[random.nextInt(deb.length)] = (byte) random.nextInt(256);
      }
      deb = Arrays.copyOf(deb, random.nextInt(5) == 0 ? random.nextInt(deb.length) : deb.length);
      try {
        assertThat(read(deb)).doesNotContain("\0/");
      } catch (ImageException e) {
        assertThat(e).message().as("seed %s", seed).startsWith("odd 1").doesNotContain("\n");
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).allMatch(file -> file.toString().matches(".*/[0-9]+\\.(deb|tar)"));
    }
  }
}
