package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.layer.Content;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.ScriptRun.Limits;
import dev.slipway.sandbox.ScriptRun.Network;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A real virtual machine, emulated where the processor cannot run it. Since one takes seconds to
 * start, a test does much in it; it leaves what the sandbox of namespaces leaves, of which {@link
 * NamespaceSandboxIT} says more piece by piece.
 */
class VmSandboxIT extends SandboxContract {
  private static final byte[] CAPABILITY =
      HexFormat.of().parseHex("0100000200200000000000000000000000000000");

  @Override
  Sandbox sandbox(SandboxSettings settings) {
    return new VmSandbox(settings, MachineSettings.standard());
  }

  @Override
  Duration brief() {
    return Duration.ofSeconds(6);
  }

  @AfterEach
  void noMachineIsLeft() {
    assertThat(machines()).isEmpty();
  }

  /** The command lines of what runs machines. */
  private static List<String> machines() {
    return ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains("-name slipway-run."))
        .toList();
  }

  @Test
  void leavesWhatASandboxOfNamespacesLeaves() throws Exception {
    Layer lowest =
        layer(
            dir(
                "bin",
                dir("sh", new TreeNode.Regular(0755, 0, 0, busybox())),
                "etc",
                dir("gone", file("gone"), "passwd", file("root")),
                "opt",
                dir("a", dir("x", file("x")), "b", dir("y", file("y"))),
                "ping",
                new TreeNode.Regular(
                    0755,
                    0,
                    0,
                    Map.of("security.capability", RawName.ofBytes(CAPABILITY)),
                    Content.of("ping".getBytes(StandardCharsets.UTF_8))),
                "swap",
                file("swap"),
                "var",
                dir("hidden", file("hidden"))));
    Layer highest =
        layer(
            dir(
                "etc",
                dir(".wh.gone", file("")),
                "var",
                dir(".wh..wh..opq", file(""), "shown", file("shown"))));
    ScriptRun run =
        new ScriptRun(
            script(
                """
                cat /nix/store/thing; ls /var /etc /dev
                id; hostname; umask; env | sort; pwd; echo $$ $0; readlink /proc/self/fd/0; echo err > /dev/stderr
                ls /proc | grep -c '^[0-9]'; grep -c : /proc/net/dev
                mkdir -m 1777 sticky; mkdir -m 2755 group; echo hi > file; chown 1234:4321 file; chmod 4750 file
                ln -s /nowhere link; chown -h 3:4 link; ln file hard; mkfifo -m 600 fifo
                mknod null c 1 3; mknod -m 640 disk b 8 1; chmod 700 ping
                : > 'two words'; : > "$(printf '\\377')"; dd if=/dev/zero of=zeros bs=1M count=3 2>&1
                rm -r /opt/a; mkdir /opt/a; echo c > /opt/a/c; mv /opt/b /opt/d
                rm /swap; mkdir /swap; rm /etc/passwd; mkdir /dev/made; echo x > /copied/more
                mount -t tmpfs none /swap || echo refused
                (sleep 1000; touch /late) &
                """),
            new View.Above(List.of(lowest, lowest, highest)),
            out -> {
              try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
                measurer.measure(new TreeLayer(dir("copied", dir("in", file("in"))), 0), out);
              }
            },
            Optional.of(
                new Script(
                    "afterwards",
                    "pwd; echo after > after; chown 7:8 after; cat copied/in; id -u",
                    "/bin/bash",
                    List.of("/usr/bin", "/bin"),
                    Map.of())),
            neededStore(),
            new Limits(
                OptionalLong.of(64 << 20),
                OptionalLong.of(128 << 20),
                Optional.of(Duration.ofMinutes(5))),
            Network.NONE);

    List<String> expected = left(new NamespaceSandbox(settings()), run);
    List<String> expectedOutput = List.copyOf(output);
    output.clear();

    assertThat(left(run))
        .isEqualTo(expected)
        .contains(
            "./etc/.wh.passwd 0644 0:0", "./opt/.wh.b 0644 0:0", "./opt/a/.wh..wh..opq 0644 0:0")
        .contains("./file 4750 1234:4321 'hi'", "./after 0644 7:8 'after'");
    assertThat(output).isEqualTo(expectedOutput).contains("refused", "/build/layer");
  }

  @Test
  void boundsDiskAndMemoryAndSaysHowAScriptFails() throws Exception {
    ScriptRun run =
        run(
            """
            if dd if=/dev/zero of=/big bs=1M count=40; then exit 9; fi; rm /big; echo ok > /small
            if tail -c 1000000000 /dev/zero; then exit 8; fi
            echo one; echo two >&2; exit 3
            """,
            new View.Above(List.of()),
            new Limits(OptionalLong.of(24 << 20), OptionalLong.of(64 << 20), Optional.empty()),
            Network.NONE);
    assertThatThrownBy(() -> left(run))
        .isInstanceOfSatisfying(
            ScriptFailedException.class,
            e -> {
              assertThat(e.exitStatus()).isEqualTo(3);
              assertThat(e.log())
                  .endsWith("one", "two", "its memory of 64 MiB is used up")
                  .anyMatch(line -> line.contains("No space left on device"))
                  .anyMatch(line -> line.contains("Killed"));
            });
  }

  @Test
  void makesTheTreeTheRootAndHasANetworkWhereAsked() throws Exception {
    ScriptRun run =
        run(
            "ls /sys/class/net; grep -c '^eth0' /proc/net/route; ls /nix/store; mkfifo /p;"
                + " cat /etc/resolv.conf",
            new View.Inside(),
            Limits.NONE,
            Network.HOST);
    assertThat(left(run)).containsExactly("./ 0755 0:0", "./p 0644 0:0 fifo");
    assertThat(output).containsExactly("eth0", "lo", "2", "thing", "nameserver 10.0.2.3");
  }

  @Test
  void endsWithTheProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Endless.class.getName(),
                temporary.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = process.inputReader()) {
      assertThat(lines.readLine()).isEqualTo("begun");
    }
    List<ProcessHandle> descendants = process.descendants().toList();
    assertThat(machines()).isNotEmpty();
    process.destroyForcibly().waitFor();
    descendants.forEach(descendant -> descendant.onExit().join());

    assertThat(machines()).isEmpty();
    assertThat(temporary).isNotEmptyDirectory();
    RunFolder.create(temporary, FileTree::delete).close();
  }

  /** Runs a script that never ends. */
  static final class Endless {
    private Endless() {}

    public static void main(String[] args) throws Exception {
      SandboxSettings settings =
          SandboxSettings.of(Path.of(args[0]), System.out::println, System.err::println);
      ScriptRun run =
          new ScriptRun(
              script("echo begun; sleep 1000"),
              new View.Above(List.of()),
              out -> {
                try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
                  measurer.measure(new TreeLayer(dir(), 0), out);
                }
              },
              Optional.empty(),
              Optional.empty(),
              Limits.NONE,
              Network.NONE);
      new VmSandbox(settings, MachineSettings.standard()).run(run).close();
    }
  }

  @Test
  void saysWhyThereIsNoMachine() throws Exception {
    Path kernel = Files.writeString(folder.resolve("vmlinuz"), "no kernel");
    Path modules = GuestKernel.newest(Path.of("/boot"), Path.of("/lib/modules")).modules();
    MachineSettings standard = MachineSettings.standard();
    ScriptRun run = run(":", new View.Above(List.of()), Limits.NONE, Network.NONE);
    MachineSettings broken =
        new MachineSettings(Optional.of(kernel), Optional.of(modules), standard.path());
    assertThatThrownBy(() -> left(new VmSandbox(settings(), broken), run))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("the virtual machine does not start: qemu");
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("the virtual machine is emulated, which is slow: /dev/kvm: ");

    MachineSettings none = new MachineSettings(Optional.empty(), Optional.empty(), List.of(folder));
    assertThatThrownBy(() -> left(new VmSandbox(settings(), none), run))
        .isInstanceOf(ImageException.class)
        .hasMessageMatching(
            "a virtual machine needs the program qemu-system-\\S+, which is not installed"
                + " \\(Debian: qemu-system-\\S+\\)");
  }

  private ScriptRun run(String text, View view, Limits limits, Network network) {
    return new ScriptRun(
        script(text),
        view,
        out -> {
          try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
            measurer.measure(new TreeLayer(dir(), 0), out);
          }
        },
        Optional.empty(),
        neededStore(),
        limits,
        network);
  }

  private static Script script(String text) {
    return new Script("script", text, "/bin/bash", List.of("/bin"), Map.of("NAME", "value"));
  }

  private Optional<Script.VisibleStore> neededStore() {
    try {
      Path place = Files.createDirectories(folder.resolve("store"));
      Files.writeString(place.resolve("thing"), "thing\n");
      Files.writeString(place.resolve("other"), "not needed");
      List<String> needed = List.of("thing", "elsewhere");
      return Optional.of(
          new Script.VisibleStore("/nix/store", List.of(place), Optional.of(needed)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Content busybox() throws IOException {
    return Content.of(Files.readAllBytes(Path.of("/bin/busybox")));
  }
}
