package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.layer.Content;
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
import dev.slipway.sandbox.ScriptRun.Network;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every sandbox does alike, whoever runs it. */
abstract class SandboxContract {
  private static final Duration LONG = Duration.ofMinutes(2);

  @TempDir Path folder;

  /** What scripts have printed. */
  final List<String> output = new CopyOnWriteArrayList<>();

  /** What the sandbox had to do without. */
  final List<String> warnings = new CopyOnWriteArrayList<>();

  private Optional<Path> keepFailed = Optional.empty();
  private Path temporary;
  private Path cache;

  abstract Sandbox sandbox(SandboxSettings settings);

  @BeforeEach
  final void makeFolders() throws Exception {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    cache = Files.createDirectory(folder.resolve("cache"));
  }

  @AfterEach
  final void nothingIsLeft() throws Exception {
    assertThat(temporary).isEmptyDirectory();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("slipway-run.");
    assertThat(processes(temporary.toString())).isEmpty();
    new Removal(Ladder.Ids.RANGE)
        .remove(cache); // Which those of a range have closed directories in.
  }

  /** The command lines of the processes that name {@code text}. */
  static List<String> processes(String text) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(text))
        .toList();
  }

  // -- Above layers

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

  @Test
  void keepsNothingOfWhatItOnlyLends() throws Exception {
    assertThat(
            above(
                """
                ls -d /dev/null /proc/1 /sys/kernel /nix/store/thing
                echo x > /dev/null; mkdir /dev/made; echo y > /dev/shm/made
                """,
                store()))
        .containsExactly("./ 0755 0:0", "./tmp/ 0755 0:0");
    assertThat(output).containsExactly("/dev/null", "/nix/store/thing", "/proc/1", "/sys/kernel");
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
  void showsLayersAsTheyLieOneAboveTheOther() throws Exception {
    Layer lowest =
        layer(
            dir(
                "a",
                dir("1", file("low"), "2", file("low")),
                "b",
                dir("x", file("x")),
                "c",
                file("c")));
    Layer middle =
        layer(dir("a", dir(".wh.1", file("")), "b", dir(".wh..wh..opq", file(""), "y", file("y"))));
    Layer highest = layer(dir("a", dir("3", file("high")), ".wh.c", file("")));
    above(
        "cd /; find a b c | sort || :; cat a/2 a/3",
        List.of(lowest, middle, lowest, middle, highest));
    assertThat(output)
        .containsExactly(
            "find: c: No such file or directory", "a", "a/2", "a/3", "b", "b/y", "lowhigh");
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
  void beginsWithWhatIsCopied() throws Exception {
    Layer base = layer(dir("usr", dir("base", file("base")), "etc", file("a file")));
    TreeNode.Directory copied =
        dir("usr", dir("copied", file("copied")), "etc", dir("x", file("x")), "dev", dir());
    assertThat(
            left(
                run(
                    "cat usr/base usr/copied etc/x; rm etc/x",
                    new View.Above(List.of(base)),
                    copied)))
        .containsExactly(
            "./ 0755 0:0",
            "./etc/ 0755 0:0",
            "./tmp/ 0755 0:0",
            "./usr/ 0755 0:0",
            "./usr/copied 0644 0:0 'copied'");
    assertThat(output).containsExactly("basecopiedx");
  }

  @Test
  void runsAnotherScriptInTheResult() throws Exception {
    ScriptRun run = run("echo first > /first", new View.Above(List.of()), dir());
    ScriptRun both =
        new ScriptRun(
            run.script(),
            run.view(),
            run.beginning(),
            Optional.of(script("after", "rm first; echo after > after; chown 7:8 after; id -u")),
            run.store(),
            run.limits(),
            run.network());
    assertThat(left(both))
        .containsExactly("./ 0755 0:0", "./after 0644 7:8 'after'", "./tmp/ 0755 0:0");
    assertThat(output).containsExactly("0");
  }

  @Test
  void usesTheImagesOwnShell() throws Exception {
    byte[] busybox = Files.readAllBytes(Path.of("/bin/busybox"));
    Layer base =
        layer(dir("bin", dir("sh", new TreeNode.Regular(0755, 0, 0, Content.of(busybox)))));
    assertThat(above("echo $0 > x; busybox 2>&1 || echo none", List.of(base)))
        .contains("./x 0644 0:0 '/dev/slipway/script'");
    assertThat(output).noneMatch(line -> line.contains("/dev/slipway/bin"));
  }

  // -- Inside and beside

  @Tag(OWNERS)
  @Test
  void makesTheTreeTheRoot() throws Exception {
    assertThat(
            left(
                run(
                    "pwd; ls -d /dev/null /proc/1 /nix/store/thing; chown 5:6 /etc/file; mkdir -p"
                        + " /var/lib; mknod /var/lib/zero c 1 5",
                    new View.Inside(),
                    dir("etc", dir("file", file("f")), "sys", dir()),
                    store(),
                    Limits.NONE)))
        .containsExactly(
            "./ 0755 0:0",
            "./etc/ 0755 0:0",
            "./etc/file 0644 5:6 'f'",
            "./sys/ 0755 0:0",
            "./var/ 0755 0:0",
            "./var/lib/ 0755 0:0",
            "./var/lib/zero 0644 0:0 c 1 5");
    assertThat(output).containsExactly("/", "/dev/null", "/nix/store/thing", "/proc/1");
  }

  @Test
  void worksBesideTheTree() throws Exception {
    assertThat(
            left(
                run(
                    """
                    pwd; test -x /usr/bin/env; ls /nix/store
                    mkdir -p home/jane; chown 1000:100 home/jane; chown 5:6 file -h
                    mknod ./null c 1 3; setcap cap_net_raw+ep file; setfattr -n user.note -v hello home
                    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
                    """,
                    new View.Beside(),
                    dir("file", file("f")),
                    store(),
                    Limits.NONE)))
        .containsExactly(
            "./ 0755 0:0",
            "./file 0644 5:6 'f' security.capability=0100000200200000000000000000000000000000",
            "./home/ 0755 0:0 user.note=hello",
            "./home/jane/ 0755 1000:100",
            "./null 0644 0:0 c 1 3");
    assertThat(output).containsExactly("/build/layer", "thing");
    assertThat(warnings).containsExactly("./socket: socket ignored");
  }

  // -- What a script is run with

  @Test
  void runsScriptsAlikeEverywhere() throws Exception {
    above(
        "env | sort; umask; hostname; id -u; id -g; cat /proc/net/dev | grep -v lo: | wc -l; echo"
            + " $$");
    assertThat(output)
        .filteredOn(line -> !line.matches("(_|PATH|LD_PRELOAD|FAKEROOT.*)=.*"))
        .containsExactly(
            "HOME=/homeless-shelter",
            "NAME=value",
            "PWD=/",
            "SHLVL=1",
            "TEMP=/tmp",
            "TEMPDIR=/tmp",
            "TMP=/tmp",
            "TMPDIR=/tmp",
            "0022",
            "localhost",
            "0",
            "0",
            "2",
            "1");
  }

  @Test
  void saysHowAScriptHasFailed() throws Exception {
    assertThatThrownBy(() -> above("echo one; echo two >&2; false | true; echo three"))
        .isInstanceOfSatisfying(
            ScriptFailedException.class,
            e -> {
              assertThat(e).hasMessage("script failed with exit status 1: two");
              assertThat(e.exitStatus()).isEqualTo(1);
              assertThat(e.log()).containsExactly("one", "two");
            });
    assertThatThrownBy(() -> above("exit 42")).hasMessage("script failed with exit status 42");
    assertThatThrownBy(() -> left(run("exit 3", new View.Beside(), dir())))
        .hasMessage("script failed with exit status 3");
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
    try (Stream<Path> places = Files.list(kept)) {
      Path place = places.findFirst().orElseThrow();
      assertThat(place.resolve("tree/left")).hasContent("x");
      assertThat(place.resolve("tree/.wh.gone")).exists();
      assertThat(place.resolve("layer.tar")).isRegularFile();
      assertThat(warnings).contains("what script has left is kept in " + place);
    }
  }

  // -- Limits

  @Test
  void hasTheDiskBeFull() throws Exception {
    ScriptRun run =
        run(
            "if dd if=/dev/zero of=/big bs=1M count=40; then exit 9; fi; rm /big; echo ok > /small",
            new View.Above(List.of()),
            dir(),
            Optional.empty(),
            new Limits(OptionalLong.of(24 << 20), OptionalLong.empty(), Optional.empty()));
    assertThat(left(run)).contains("./small 0644 0:0 'ok'");
    assertThat(output).anyMatch(line -> line.contains("No space left on device"));
  }

  @Test
  void boundsMemory() throws Exception {
    ScriptRun run =
        run(
            "tail -c 1000000000 /dev/zero > /dev/null",
            new View.Above(List.of()),
            dir(),
            Optional.empty(),
            new Limits(OptionalLong.empty(), OptionalLong.of(64 << 20), Optional.empty()));
    assertThatThrownBy(() -> left(run)).isInstanceOf(ScriptFailedException.class);
  }

  @Test
  void endsWhatTakesTooLong() throws Exception {
    ScriptRun run =
        run(
            "echo begun; sleep 1000 & sleep 1000",
            new View.Above(List.of()),
            dir(),
            Optional.empty(),
            new Limits(
                OptionalLong.empty(), OptionalLong.empty(), Optional.of(Duration.ofSeconds(1))));
    assertThatThrownBy(() -> left(run))
        .isInstanceOf(ScriptTimedOutException.class)
        .hasMessage("script did not end within a second");
    assertThat(output).containsExactly("begun");
  }

  @Test
  void survivesForks() throws Exception {
    ScriptRun run =
        run(
            "bomb() { bomb | bomb & }; bomb; sleep 2; exit 5",
            new View.Above(List.of()),
            dir(),
            Optional.empty(),
            new Limits(OptionalLong.empty(), OptionalLong.of(256 << 20), Optional.of(LONG)));
    assertThatThrownBy(() -> left(run)).isInstanceOf(ScriptFailedException.class);
  }

  @Test
  void endsWhatGoesOnInTheBackground() throws Exception {
    assertThat(above("setsid sleep 1000 & (sleep 1000; touch /late) & disown -a; touch /done"))
        .contains("./done 0644 0:0")
        .noneMatch(line -> line.contains("late"));
  }

  @Test
  void endsWithTheInterruptedThread() throws Exception {
    FutureTask<List<String>> task = new FutureTask<>(() -> above("echo begun; sleep 1000"));
    Thread thread = Thread.ofPlatform().start(task);
    while (output.isEmpty() && !task.isDone()) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    thread.join();
    assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
  }

  // -- No way out

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

  @Test
  void letsNoScriptChangeTheMachineBesideIt() throws Exception {
    left(
        run(
            """
            for place in / /etc /usr /var /home /root /nix/store; do
              if touch $place/slipway-was-here 2> /dev/null; then echo "wrote to $place"; fi
            done
            if mount -t tmpfs none /mnt 2> /dev/null; then echo mounted; fi
            if [ -e /run/docker.sock ]; then echo docker; fi
            touch /tmp/slipway-was-here
            """,
            new View.Beside(),
            dir(),
            store(),
            Limits.NONE));
    assertThat(output).isEmpty();
    assertThat(Path.of("/tmp/slipway-was-here")).doesNotExist();
  }

  @Test
  void findsNothingOutsideAChroot() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "outside");
    above(
        """
        mkdir /prison
        cat > /escape <<'END'
        cd /
        for i in 1 2 3 4 5 6 7 8; do cd .. ; done
        END
        busybox chroot /prison /dev/null 2> /dev/null || :
        if [ -e /../../../..%s ]; then echo out; fi
        """
            .formatted(outside));
    assertThat(output).isEmpty();
  }

  @Test
  void keepsLayersToTheirPlace() throws Exception {
    Path outside = Files.createDirectory(folder.resolve("target"));
    Layer hostile =
        layer(
            dir(
                "up", new TreeNode.Symlink(0, 0, RawName.of(outside.toString())),
                "dots", new TreeNode.Symlink(0, 0, RawName.of("../../../../../.." + outside))));
    TreeNode.Directory copied = dir("up", dir("x", file("x")), "dots", dir("y", file("y")));
    assertThat(left(run("find /up /dots", new View.Above(List.of(hostile)), copied)))
        .contains("./up/x 0644 0:0 'x'", "./dots/y 0644 0:0 'y'");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void refusesToMountBehindLinks() throws Exception {
    Layer hostile = layer(dir("dev", new TreeNode.Symlink(0, 0, RawName.of("/etc"))));
    assertThatThrownBy(() -> above(":", List.of(hostile)))
        .hasMessage(
            "script could not be started: the image has a symbolic link at /dev, where dev is to be"
                + " mounted");
  }

  // -- Layers that are kept

  @Test
  void unpacksALayerOnce() throws Exception {
    Layer base = layer(dir("base", file("base")));
    assertThat(above("cat /base", List.of(base, base))).hasSize(2);
    assertThat(above("cat /base > /copy", List.of(base))).contains("./copy 0644 0:0 'base'");
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

  List<String> left(ScriptRun run) throws Exception {
    SandboxSettings settings =
        new SandboxSettings(
            temporary,
            Optional.of(cache),
            SandboxSettings.CACHE_BYTES,
            keepFailed,
            output::add,
            warnings::add);
    try (Changeset changes = sandbox(settings).run(run)) {
      return Listings.of(changes.tree());
    }
  }

  ScriptRun run(String text, View view, TreeNode.Directory tree) throws Exception {
    return run(text, view, tree, Optional.empty(), Limits.NONE);
  }

  ScriptRun run(
      String text,
      View view,
      TreeNode.Directory tree,
      Optional<Script.VisibleStore> store,
      Limits limits)
      throws Exception {
    return new ScriptRun(
        script("script", text),
        view,
        out -> {
          try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
            measurer.measure(new TreeLayer(tree, 0), out);
          }
        },
        Optional.empty(),
        store,
        limits,
        Network.NONE);
  }

  private static Script script(String name, String text) {
    return new Script(
        name,
        text,
        "/bin/bash",
        List.of("/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"),
        Map.of("NAME", "value"));
  }

  /** A store with a file called {@code thing}. */
  Optional<Script.VisibleStore> store() throws Exception {
    Path place = Files.createDirectories(folder.resolve("store"));
    Files.writeString(place.resolve("thing"), "thing");
    return Optional.of(new Script.VisibleStore("/nix/store", List.of(place)));
  }

  static Layer layer(TreeNode.Directory tree) throws Exception {
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      return measurer.measure(new TreeLayer(tree, 0), null);
    }
  }

  /** A directory of names and what they stand for. */
  static TreeNode.Directory dir(Object... entries) {
    SortedMap<RawName, TreeNode> children = new TreeMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      children.put(RawName.of((String) entries[i]), (TreeNode) entries[i + 1]);
    }
    return new TreeNode.Directory(0755, 0, 0, children);
  }

  /** A directory of 1:2, with mode 0700. */
  private static TreeNode.Directory owned(Object... entries) {
    return new TreeNode.Directory(0700, 1, 2, dir(entries).children());
  }

  /** A layer of empty files, without an entry for any directory. */
  private Layer bare(String... names) throws Exception {
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

  static TreeNode file(String text) {
    return new TreeNode.Regular(0644, 0, 0, Content.of(text.getBytes(StandardCharsets.UTF_8)));
  }
}
