package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.layer.Content;
import dev.slipway.layer.Layer;
import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.ScriptRun.Limits;
import dev.slipway.sandbox.ScriptRun.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The namespaces of whoever runs this. {@code -Dslipway.ladder=ONE,COPY} says what they fall back
 * on.
 */
class NamespaceSandboxIT extends SandboxContract {
  private static final Duration LONG = Duration.ofMinutes(2);

  @Override
  Sandbox sandbox(SandboxSettings settings) {
    return new NamespaceSandbox(settings, ladder());
  }

  @Override
  Duration brief() {
    return Duration.ofSeconds(1);
  }

  private static Ladder ladder() {
    String rungs = System.getProperty("slipway.ladder");
    if (rungs == null) {
      return Ladder.WHOLE;
    }
    List<String> names = Arrays.asList(rungs.split(",", -1));
    return new Ladder(
        Arrays.stream(Ladder.Ids.values()).filter(rung -> names.contains(rung.name())).toList(),
        Arrays.stream(Ladder.Lowers.values()).filter(rung -> names.contains(rung.name())).toList());
  }

  // -- Above layers

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
  void hasDevicesOfLayersAsTheyAre() throws Exception {
    Layer base =
        layer(
            dir(
                "node",
                new TreeNode.Device(false, 0620, 0, 5, 5, 1),
                "other",
                new TreeNode.Device(true, 0600, 0, 0, 8, 1),
                "kept",
                new TreeNode.Device(true, 0600, 0, 0, 8, 2)));
    assertThat(above("ls /node /other /kept; chmod 666 /node; mv /other /moved", List.of(base)))
        .contains("./node 0666 0:5 c 5 1", "./moved 0600 0:0 b 8 1", "./.wh.other 0644 0:0")
        .noneMatch(line -> line.contains("kept"));
  }

  @Test
  void showsNoMarksWhereNothingIsGone() throws Exception {
    Layer marks = layer(dir("a", dir(".wh.x", file(""), "y", file("y"))));
    above("ls -A /a; rm -r /a", List.of(layer(dir("b", dir())), marks));
    assertThat(output).containsExactly("y");
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

  @Tag(OWNERS)
  @Test
  void keepsAttributesOfWhatLiesBelow() throws Exception {
    RawName capability =
        RawName.ofBytes(HexFormat.of().parseHex("0100000200200000000000000000000000000000"));
    RawName note = RawName.of("below");
    Content content = Content.of(new byte[] {'x'});
    Layer base =
        layer(
            dir(
                "noted",
                new TreeNode.Directory(
                    0755, 0, 0, Map.of("user.note", note), dir("in", file("in")).children()),
                "ping",
                new TreeNode.Regular(
                    0755, 0, 0, Map.of("security.capability", capability), content),
                "text",
                new TreeNode.Regular(0644, 0, 0, Map.of("user.note", note), content)));
    ScriptRun run =
        run(
            "chmod 700 /ping /noted; chmod 600 /text; mkdir -p /tmp",
            new View.Above(List.of(base)),
            dir());
    List<String> copied =
        left(
            new NamespaceSandbox(
                settings(), new Ladder(ladder().ids(), List.of(Ladder.Lowers.COPY))),
            run);
    assertThat(copied)
        .containsExactly(
            "./ 0755 0:0",
            "./noted/ 0700 0:0 user.note=below",
            "./ping 0700 0:0 'x' security.capability="
                + HexFormat.of().formatHex(capability.toBytes()),
            "./text 0600 0:0 'x' user.note=below",
            "./tmp/ 0755 0:0");
    assertThat(left(run)).isEqualTo(copied);
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

  /** The kernel picks the largest, which is the shell itself here. */
  @Test
  void saysThatAShellWasKilledForItsMemory() throws Exception {
    ScriptRun run =
        run(
            "a=x; while :; do a=$a$a; done",
            new View.Above(List.of()),
            dir(),
            Optional.empty(),
            new Limits(OptionalLong.empty(), OptionalLong.of(64 << 20), Optional.of(LONG)));
    assertThatThrownBy(() -> left(run))
        .isInstanceOfSatisfying(
            ScriptFailedException.class,
            failure -> {
              assertThat(failure.getMessage()).doesNotContain("sigprocmask");
              if (warnings.isEmpty()) { // The groups bound it.
                assertThat(failure.getMessage())
                    .contains("exit status 137: its memory of 64 MiB is used up");
              }
            });
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

  // -- No way out

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

  /**
   * Root gets out of a chroot; what it gets to here are the programs that made the place, copied,
   * and nothing of this machine. With perl, because no shell calls chroot and stays where it was.
   */
  @Test
  void findsNothingOutsideAChroot() throws Exception {
    Path outside = Files.writeString(folder.resolve("outside"), "outside");
    above(
        """
        mkdir /prison
        cat > /escape <<'END'
        opendir(my $kept, "/") or die;
        chroot("/prison") or die "chroot: $!";
        print -e "/escape" ? "still inside\n" : "in prison\n";
        chdir($kept) or die "chdir: $!";
        chdir("..") for 1 .. 64;
        chroot(".") or die "chroot: $!";
        print -e "/image/escape" ? "at the tools\n" : "somewhere else\n";
        print open(my $new, ">", "/new") ? "written\n" : "read-only\n";
        opendir(my $tools, "/proc") or die;
        print join(" ", sort readdir $tools), "\n";
        print -e "%s" ? "out\n" : "not out\n";
        END
        %s /escape
        """
            .formatted(outside, PerlLayer.PERL),
        List.of(PerlLayer.make(folder)));
    assertThat(output)
        .containsExactly("in prison", "at the tools", "read-only", ". .. self", "not out");
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

  // -- The system

  @Test
  void leavesNoScriptATerminal() throws Exception {
    assertThatScriptsHaveNoTerminal();
  }

  @Test
  void knowsNamesWhereTheNetworkIs() throws Exception {
    List<String> servers = Files.readAllLines(Path.of("/etc/resolv.conf"));
    Layer own = layer(dir("etc", dir("resolv.conf", file("own"), "hosts", file("hosts"))));
    TreeNode link = new TreeNode.Symlink(0, 0, RawName.of("../run/resolver/stub.conf"));
    Layer linked = layer(dir("etc", dir("resolv.conf", link)));
    String script = "while read -r line; do echo \"$line\"; done < /etc/resolv.conf";
    assertThat(left(networked(script, new View.Above(List.of(own)))))
        .containsExactly("./ 0755 0:0", "./tmp/ 0755 0:0");
    assertThat(left(networked(script, new View.Above(List.of(linked)))))
        .containsExactly("./ 0755 0:0", "./tmp/ 0755 0:0");
    assertThat(left(networked(script + "; echo x >> /etc/resolv.conf", new View.Inside())))
        .containsExactly("./ 0755 0:0");
    assertThat(left(networked(script, new View.Beside()))).containsExactly("./ 0755 0:0");
    assertThat(output)
        .containsExactlyElementsOf(
            Collections.nCopies(4, servers).stream().flatMap(List::stream).toList());
  }

  private ScriptRun networked(String script, View view) throws Exception {
    ScriptRun run = run(script, view, dir());
    return new ScriptRun(
        run.script(),
        view,
        run.beginning(),
        Optional.empty(),
        Optional.empty(),
        Limits.NONE,
        Network.HOST);
  }

  @Test
  void worksInFoldersOfAnyName() throws Exception {
    temporary = Files.createDirectory(folder.resolve("a,b:c d\\e%f\ng"));
    Layer base = layer(dir("base", file("base")));
    assertThat(above("rm /base", List.of(base))).contains("./.wh.base 0644 0:0");
  }

  @Test
  void saysWhyAScriptHasFailedEvenIfNothingCanBeKept() {
    keepFailed = Optional.of(folder.resolve("missing"));
    assertThatThrownBy(() -> above("exit 7")).hasMessage("script failed with exit status 7");
    assertThat(warnings)
        .anyMatch(warning -> warning.startsWith("what script has left could not be kept: "));
  }

  @Test
  void needsNoPlaceToKeepLayersIn() throws Exception {
    Path good = cache;
    cache = Files.createFile(folder.resolve("file")).resolve("cache");
    Layer base = layer(dir("base", file("base")));
    assertThat(above("rm /base", List.of(base))).contains("./.wh.base 0644 0:0");
    cache = good;
  }

  @Test
  void unpacksALayerAgainThatIsDamaged() throws Exception {
    Layer base = layer(dir("base", file("base")));
    List<String> expected = above("rm /base", List.of(base));
    try (Stream<Path> kept = Files.walk(cache)) {
      for (Path tree : kept.filter(path -> path.endsWith("tree")).toList()) {
        new Removal(Ladder.Ids.RANGE).remove(tree);
      }
    }
    assertThat(above("rm /base", List.of(base))).isEqualTo(expected);
  }
}
