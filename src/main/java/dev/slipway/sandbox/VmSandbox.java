package dev.slipway.sandbox;

import dev.slipway.files.os.FileTree;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * Runs scripts in a virtual machine of QEMU's, with a Linux kernel of this machine. It needs no
 * privilege, and nothing of this machine is visible in there but the programs that a run itself
 * needs. Where this machine's processor cannot run it, it is emulated.
 */
public final class VmSandbox implements Sandbox {
  private static final Path BOOT = Path.of("/boot");
  private static final Path MODULES = Path.of("/lib/modules");
  private static final Path KVM = Path.of("/dev/kvm");

  /** How long a machine may take until it says something, by the processor and emulated. */
  private static final Duration START = Duration.ofSeconds(10);

  private static final Duration EMULATED_START = Duration.ofMinutes(5);

  private final SandboxSettings settings;
  private final MachineSettings machines;
  private final HostPrograms programs;

  /** Whether it is known that the processor is of no use. */
  private volatile boolean emulated;

  /** A sandbox. */
  public VmSandbox(SandboxSettings settings, MachineSettings machines) {
    this.settings = settings;
    this.machines = machines;
    this.programs = new HostPrograms(machines.path());
  }

  @Override
  public Changeset run(ScriptRun run) throws IOException, InterruptedException {
    GuestArchitecture architecture = GuestArchitecture.of(System.getProperty("os.arch"));
    Path emulator =
        programs.get(architecture.emulator(), "Debian: " + architecture.debianPackage());
    GuestKernel kernel =
        machines.kernel().isPresent()
            ? GuestKernel.of(machines.kernel().get(), machines.modules(), MODULES)
            : GuestKernel.newest(BOOT, MODULES);
    RunFolder folder = RunFolder.create(settings.temporary(), FileTree::delete);
    boolean whole = false;
    try {
      MachineFolder files = new MachineFolder(programs, kernel, run, folder.path());
      files.prepare(settings.keepFailed().isPresent());
      List<String> command = new ArrayList<>(List.of(emulator.toString()));
      command.addAll(List.of("-name", folder.path().getFileName().toString()));
      command.addAll(architecture.options());
      command.addAll(List.of("-kernel", kernel.image().toString()));
      command.addAll(
          List.of(
              "-append",
              "quiet panic=-1 mitigations=off no_timer_check apparmor=0 audit=0 console="
                  + architecture.console()));
      command.addAll(files.devices());
      try (Machine machine = started(files, command)) {
        follow(machine, files, run);
      }
      Changeset changes = new Changeset(files.changes(), folder);
      whole = true;
      return changes;
    } finally {
      if (!whole) {
        folder.close();
      }
    }
  }

  /** A machine that has come to life. */
  private Machine started(MachineFolder files, List<String> command)
      throws IOException, InterruptedException {
    List<String> reasons = new ArrayList<>();
    if (!emulated) {
      if (!Files.exists(KVM)) {
        reasons.add("it is not there");
      } else {
        Optional<Machine> machine = started(files, with(command, "-accel", "kvm"), START, reasons);
        if (machine.isPresent()) {
          return machine.get();
        }
      }
      emulated = true;
      settings
          .warnings()
          .accept(
              "the virtual machine is emulated, which is slow: " + KVM + ": " + reasons.getLast());
    }
    return started(files, with(command, "-accel", "tcg"), EMULATED_START, reasons)
        .orElseThrow(
            () -> new ImageException("the virtual machine does not start: " + reasons.getLast()));
  }

  private Optional<Machine> started(
      MachineFolder files, List<String> command, Duration time, List<String> reasons)
      throws IOException, InterruptedException {
    Machine machine =
        Machine.start(
            command, files.path(), files.largestFile(), programs.path(), settings.output());
    boolean alive = false;
    try {
      alive = machine.report(time).isPresent();
      if (!alive) {
        reasons.add(machine.reason());
      }
    } catch (TimeoutException e) {
      reasons.add("it has said nothing for " + time.toSeconds() + " seconds");
    } finally {
      if (!alive) {
        machine.close();
      }
    }
    return alive ? Optional.of(machine) : Optional.empty();
  }

  /**
   * Follows a machine to its end.
   *
   * @throws ScriptFailedException if a script fails
   * @throws ScriptTimedOutException if scripts take longer than they may
   */
  private void follow(Machine machine, MachineFolder files, ScriptRun run)
      throws IOException, InterruptedException {
    boolean keeping = settings.keepFailed().isPresent();
    Optional<Long> deadline = Optional.empty();
    String name = run.script().name();
    Failing failing = new Failing(0, false, false);
    while (true) {
      Optional<String> report;
      try {
        report =
            deadline.isEmpty()
                ? machine.report()
                : machine.report(Duration.ofNanos(deadline.get() - System.nanoTime()));
      } catch (TimeoutException e) {
        if (keeping) {
          settings.warnings().accept("what " + name + " has left could not be kept");
        }
        machine.close();
        throw new ScriptTimedOutException(
            name, run.limits().time().orElseThrow(), machine.lastLines());
      }
      String[] words = report.orElse("").split(" ", 2);
      String rest = words.length > 1 ? words[1] : "";
      switch (words[0]) {
        case "begun" -> {
          name = name(run, rest);
          // If the tree is wanted, the machine itself ends the script, and only has to be alive.
          Duration more = keeping ? START : Duration.ZERO;
          deadline = run.limits().time().map(time -> System.nanoTime() + time.plus(more).toNanos());
        }
        case "ended" -> {
          deadline = Optional.empty();
          failing = failing.with(Integer.parseInt(rest));
          if (failing.status() != 0 && !keeping) {
            throw failing.failure(name, run, machine);
          }
        }
        case "packed" -> {
          ImageException failure = failing.failure(name, run, machine);
          KeptTree.keep(settings, name, kept -> kept.write(files.changes()));
          throw failure;
        }
        case "out" -> failing = new Failing(0, true, failing.late());
        case "late" -> failing = new Failing(0, failing.outOfMemory(), true);
        case "warning" -> settings.warnings().accept(rest);
        case "refused" -> {
          machine.awaitEnd();
          throw new ImageException(
              name(run, rest) + " could not be started: " + Namespace.reason(machine.lastLines()));
        }
        case "failed" -> {
          if (failing.status() != 0) {
            settings.warnings().accept("what " + name + " has left could not be kept: " + rest);
            throw failing.failure(name, run, machine);
          }
          throw new ImageException(name + ": " + rest);
        }
        case "done" -> {
          machine.awaitEnd();
          return;
        }
        default ->
            throw new ImageException(name + ": its virtual machine has ended: " + machine.reason());
      }
    }
  }

  /**
   * What a machine has told of a script that fails.
   *
   * @param status its exit status, as long as it has not failed 0
   * @param outOfMemory whether it has used its memory up
   * @param late whether it was ended for taking too long
   */
  private record Failing(int status, boolean outOfMemory, boolean late) {
    Failing with(int newStatus) {
      return new Failing(newStatus, outOfMemory, late);
    }

    /** The failure, when the machine has ended. */
    ImageException failure(String name, ScriptRun run, Machine machine)
        throws IOException, InterruptedException {
      machine.awaitEnd();
      List<String> last = new ArrayList<>(machine.lastLines());
      if (late) {
        return new ScriptTimedOutException(name, run.limits().time().orElseThrow(), last);
      }
      if (outOfMemory) {
        last.add(
            "its memory of " + (run.limits().memoryBytes().orElse(0) >> 20) + " MiB is used up");
      }
      return new ScriptFailedException(name, status, last);
    }
  }

  /** What a script that is first or comes afterwards is called. */
  private static String name(ScriptRun run, String which) {
    return (which.equals("afterwards") ? run.afterwards().orElseThrow() : run.script()).name();
  }

  private static List<String> with(List<String> command, String... more) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(more));
    return whole;
  }
}
