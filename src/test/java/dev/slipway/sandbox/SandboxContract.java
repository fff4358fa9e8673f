package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.FileBlob;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarWriter;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.ScriptRun.Limits;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What every sandbox does alike whose scripts are root, whoever runs it. A virtual machine takes
 * seconds for each of these tests, so what else there is to be said of namespaces is in {@link
 * NamespaceSandboxIT}.
 */
abstract class SandboxContract extends ScriptContract {
  @Override
  final View view() {
    return new View.Above(List.of());
  }

  /** Marks what needs dynamic programs where owners and modes are only recorded, by fakeroot. */
  static final String OWNERS = "owners";

  @Tag(OWNERS)
  @Test
  void keepsWhatAScriptHasMade() throws Exception {
    assertThat(
            above(
                """
                mkdir -m 1777 sticky
                mkdir -m 2755 group
                echo hi > file; chown 1234:4321 file; chmod 4750 file
                ln -s /nowhere link; ln file hard; chown -h 3:4 link
                mkfifo -m 600 fifo
                mknod null c 1 3; mknod -m 640 disk b 8 1; chown 0:6 disk
                : > 'two words'; : > $'\\xff'; : > ä
                """))
        .containsExactly(
            "./ 0755 0:0",
            "./disk 0640 0:6 b 8 1",
            "./fifo 0600 0:0 fifo",
            "./file 4750 1234:4321 'hi'",
            "./group/ 2755 0:0",
            "./hard 4750 1234:4321 'hi'",
            "./link 0777 3:4 -> /nowhere",
            "./null 0644 0:0 c 1 3",
            "./sticky/ 1777 0:0",
            "./tmp/ 0755 0:0",
            "./two words 0644 0:0",
            "./ä 0644 0:0",
            "./\ufffd 0644 0:0");
  }

  @Tag(OWNERS)
  @Test
  void saysWhatIsGoneAndWhatHides() throws Exception {
    Layer base =
        layer(
            dir(
                "bin",
                dir("a", file("a"), "b", file("b")),
                "etc",
                dir("kept", file("kept"), "gone", file("gone")),
                "old",
                dir("x", file("x"), "y", dir("z", file("z"))),
                "swap",
                file("swap"),
                "same",
                dir("same", file("same")),
                "dev",
                dir(),
                "proc",
                dir(),
                "sys",
                dir()));
    assertThat(
            above(
                """
                rm -r /bin; mkdir /bin; echo c > /bin/c
                rm /etc/gone; chmod 600 /etc/kept
                mv /old /new
                rm /swap; mkdir /swap
                mkdir /fresh
                """,
                List.of(base)))
        .containsExactly(
            "./ 0755 0:0",
            "./.wh.old 0644 0:0",
            "./bin/ 0755 0:0",
            "./bin/.wh..wh..opq 0644 0:0",
            "./bin/c 0644 0:0 'c'",
            "./etc/ 0755 0:0",
            "./etc/.wh.gone 0644 0:0",
            "./etc/kept 0600 0:0 'kept'",
            "./fresh/ 0755 0:0",
            "./new/ 0755 0:0",
            "./new/x 0644 0:0 'x'",
            "./new/y/ 0755 0:0",
            "./new/y/z 0644 0:0 'z'",
            "./swap/ 0755 0:0",
            "./tmp/ 0755 0:0");
  }

  @Test
  void hidesOnceWhatLiesBelow() throws Exception {
    Layer base = layer(dir("a", dir("b", dir("c", file("c")))));
    assertThat(above("rm -rf /a; mkdir -p /a/b; echo x > /a/b/x", List.of(base)))
        .containsExactly(
            "./ 0755 0:0",
            "./a/ 0755 0:0",
            "./a/.wh..wh..opq 0644 0:0",
            "./a/b/ 0755 0:0",
            "./a/b/x 0644 0:0 'x'",
            "./tmp/ 0755 0:0");
  }

  @Tag(OWNERS)
  @Test
  void showsDirectoriesAsTheHighestEntryHasThem() throws Exception {
    Layer lowest =
        layer(
            dir(
                "a",
                owned("b", owned("low", file("low"))),
                "gone",
                owned("x", file("x")),
                "marked",
                owned("x", file("x")),
                "other",
                new TreeNode.Directory(0750, 3, 4, new TreeMap<>()),
                "opaque",
                owned("x", owned()),
                "removed",
                owned("x", file("x")),
                "replaced",
                owned("x", file("x"))));
    Layer middle = layer(dir(".wh.gone", file(""), "replaced", file("replaced")));
    Layer highest =
        bare(
            "a/b/x",
            "marked/.wh.x",
            "other/x",
            "opaque/.wh..wh..opq",
            "opaque/x/y",
            ".wh.removed",
            "removed/y",
            "replaced/y",
            "own/x");
    Layer above = bare("a/y");
    assertThat(
            above(
                """
                cd /; find a gone marked opaque other own removed replaced | sort || :
                stat -c '%a:%u:%g %n' a a/b opaque/x
                for at in a a/b marked opaque opaque/x other own removed replaced; do : > $at/new; done
                """,
                List.of(lowest, middle, highest, above)))
        .containsExactly(
            "./ 0755 0:0",
            "./a/ 0700 1:2",
            "./a/b/ 0700 1:2",
            "./a/b/new 0644 0:0",
            "./a/new 0644 0:0",
            "./marked/ 0700 1:2",
            "./marked/new 0644 0:0",
            "./opaque/ 0700 1:2",
            "./opaque/new 0644 0:0",
            "./opaque/x/ 0755 0:0",
            "./opaque/x/new 0644 0:0",
            "./other/ 0750 3:4",
            "./other/new 0644 0:0",
            "./own/ 0755 0:0",
            "./own/new 0644 0:0",
            "./removed/ 0755 0:0",
            "./removed/new 0644 0:0",
            "./replaced/ 0755 0:0",
            "./replaced/new 0644 0:0",
            "./tmp/ 0755 0:0");
    assertThat(output)
        .contains("find: gone: No such file or directory", "700:1:2 a", "700:1:2 a/b")
        .contains("755:0:0 opaque/x")
        .contains("a/b/low", "a/b/x", "a/y", "removed/y", "opaque/x/y")
        .doesNotContain("marked/x", "removed/x", "replaced/x");
  }

  @Test
  void keepsWhatHasFailedWhereThatIsAsked() throws Exception {
    Path kept = Files.createDirectory(folder.resolve("kept"));
    keepFailed = Optional.of(kept);
    Layer base = layer(dir("gone", file("gone")));
    assertThatThrownBy(() ->
            above(
                "echo x > /left; mkdir -m 0 /closed; rm /gone; mknod null c 1 3; exit 1",
                List.of(base)))
        .isInstanceOf(ScriptFailedException.class);
    Path place = onlyEntry(kept);
    assertThat(place.resolve("tree/left")).hasContent("x");
    assertThat(place.resolve("tree/.wh.gone")).exists();
    assertThat(place.resolve("layer.tar")).isRegularFile();
    assertThat(warnings).contains("what script has left is kept in " + place);
  }

  @Test
  void letsNoScriptOut() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "outside");
    assertThat(
            above(
                """
                refused() { if "$@" 2> /dev/null; then echo "allowed: $*"; fi; }
                read_device() { text=$(head -c 7 "$1" | tr -d '\\0') && [ "$text" != slipway ]; }
                exists() { if [ -e "$1" ]; then echo "exists: $1"; fi; }
                exists '%1$s'; exists '/../..%1$s'; exists '/proc/1/root%1$s'; exists '/proc/self/cwd/../..%1$s'
                refused mount -t tmpfs none /mnt; refused mount --bind / /mnt; refused mount -o remount,rw /proc/sys
                refused sh -c 'echo 1 > /proc/sys/kernel/panic'; refused sh -c 'echo h > /proc/sysrq-trigger'
                refused sh -c 'echo x > /sys/kernel/uevent_helper'; refused sh -c 'echo x > /proc/sys/kernel/core_pattern'
                mknod mem c 1 1; mknod loop b 7 0; refused read_device mem; refused read_device loop
                [ "$(ls /proc | grep -c '^[0-9]')" -lt 6 ] || ls /proc
                for fd in /proc/self/fd/*; do case $(readlink $fd) in pipe:*|/dev/null|/proc/*|/dev/slipway/script|'') ;; *) echo "open: $(readlink $fd)";; esac; done
                rm mem loop
                mkdir -p a; ln -s / a/root; ln -s ../../../../../.. a/up; echo in > a/root/in; echo up > a/up/up
                """
                    .formatted(outside)))
        .containsExactly(
            "./ 0755 0:0",
            "./a/ 0755 0:0",
            "./a/root 0777 0:0 -> /",
            "./a/up 0777 0:0 -> ../../../../../..",
            "./in 0644 0:0 'in'",
            "./tmp/ 0755 0:0",
            "./up 0644 0:0 'up'");
    assertThat(output).isEmpty();
    assertThat(outside).hasContent("outside");
  }

  // -- Means

  List<String> above(String text) throws Exception {
    return above(text, List.of());
  }

  List<String> above(String text, List<Layer> layers) throws Exception {
    return left(run(text, new View.Above(layers), dir()));
  }

  List<String> above(String text, Optional<Script.VisibleStore> store) throws Exception {
    return left(run(text, new View.Above(List.of()), dir(), store, Limits.NONE));
  }

  static Layer layer(TreeNode.Directory tree) throws Exception {
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      return measurer.measure(new TreeLayer(tree, 0), null);
    }
  }

  /** A directory of 1:2, with mode 0700. */
  static TreeNode.Directory owned(Object... entries) {
    return new TreeNode.Directory(0700, 1, 2, dir(entries).children());
  }

  /** A layer of empty files, without an entry for any directory. */
  Layer bare(String... names) throws Exception {
    Path file = Files.createTempFile(folder, "bare", ".tar");
    RawName none = RawName.of("");
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      TarWriter tar = new TarWriter(out, TarDialect.GNU_NUMERIC);
      for (String name : names) {
        tar.header(
            new TarHeader(
                TarHeader.Type.REGULAR,
                RawName.of(name),
                0644,
                0,
                0,
                none,
                none,
                0,
                0,
                none,
                0,
                0));
      }
      tar.finish();
    }
    return FileBlob.layer(file);
  }
}
