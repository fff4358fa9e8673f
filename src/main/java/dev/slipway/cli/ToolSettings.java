package dev.slipway.cli;

import dev.slipway.build.DockerTools;
import dev.slipway.build.Progress;
import dev.slipway.build.ScriptRules;
import dev.slipway.sandbox.MachineSettings;
import dev.slipway.sandbox.NamespaceSandbox;
import dev.slipway.sandbox.RememberingSandbox;
import dev.slipway.sandbox.Sandbox;
import dev.slipway.sandbox.SandboxSettings;
import dev.slipway.sandbox.ScriptRun;
import dev.slipway.sandbox.VmSandbox;
import dev.slipway.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Puts together what the functions of dockerTools work with. */
final class ToolSettings {
  private ToolSettings() {}

  /**
   * What they work with in this session.
   *
   * @param shell the bash for scripts; the one in the search path if empty
   * @param coreutils the package whose programs scripts find first
   */
  static DockerTools.Settings of(
      Session session, Store store, Optional<String> shell, Optional<String> coreutils)
      throws IOException {
    Environment environment = session.environment();
    List<String> path = new ArrayList<>();
    coreutils.ifPresent(folder -> path.add(folder + "/bin"));
    folders(environment).forEach(path::add);
    return new DockerTools.Settings(
        store,
        session.temporaryFiles().folder(),
        environment.sourceDateEpoch(),
        Runtime.getRuntime().availableProcessors(),
        session.digests(),
        new DockerTools.ScriptTools(shell.orElseGet(() -> bash(path)), path),
        (temporary, progress) -> sandbox(session, temporary, progress),
        new ScriptRules(
            session.scripts().network(), session.scripts().timeout(), keepFailed(session)));
  }

  private static Optional<Path> keepFailed(Session session) {
    return session.scripts().keepFailed()
        ? Optional.of(session.environment().temporaryFolder())
        : Optional.empty();
  }

  private static Sandbox sandbox(Session session, Path temporary, Progress progress) {
    ScriptOptions options = session.scripts();
    Path caches = session.environment().cacheHome().resolve("slipway");
    // What a run leaves that is killed can belong to other users, and only the next can remove it.
    SandboxSettings settings =
        new SandboxSettings(
            session.environment().temporaryFolder(),
            Optional.of(caches.resolve("layers")),
            SandboxSettings.CACHE_BYTES,
            keepFailed(session),
            progress::output,
            progress::warning);
    // What comes from the network may be something else the next time.
    boolean remembered = options.remembered() && options.network() == ScriptRun.Network.NONE;
    return run -> {
      Sandbox sandbox = chosen(session, settings);
      return remembered
          ? new RememberingSandbox(
                  sandbox,
                  sandbox instanceof NamespaceSandbox ? NamespaceSandbox.kind() : "vm",
                  caches.resolve("scripts"),
                  temporary,
                  settings.cacheBytes(),
                  settings.warnings())
              .run(run)
          : sandbox.run(run);
    };
  }

  private static Sandbox chosen(Session session, SandboxSettings settings)
      throws IOException, InterruptedException {
    return switch (session.scripts().isolation()) {
      case AUTO -> automatic(session, settings);
      case NAMESPACES -> new NamespaceSandbox(settings);
      case VM -> machine(session, settings);
    };
  }

  /** Namespaces where there are any, since a machine takes longer to start than most scripts. */
  private static Sandbox automatic(Session session, SandboxSettings settings)
      throws IOException, InterruptedException {
    Optional<String> refusal = NamespaceSandbox.refusal();
    if (refusal.isEmpty()) {
      return new NamespaceSandbox(settings);
    }
    settings.warnings().accept(refusal.get() + "; so a virtual machine is started");
    return machine(session, settings);
  }

  private static Sandbox machine(Session session, SandboxSettings settings) {
    return new VmSandbox(settings, machines(session));
  }

  private static MachineSettings machines(Session session) {
    List<Path> path = new ArrayList<>();
    folders(session.environment()).map(Path::of).forEach(path::add);
    path.addAll(MachineSettings.standard().path());
    return new MachineSettings(session.scripts().kernel(), session.scripts().modules(), path);
  }

  /** Where the caller looks for programs. */
  private static Stream<String> folders(Environment environment) {
    return Arrays.stream(environment.searchPath().split(":", -1))
        .filter(folder -> folder.startsWith("/"));
  }

  private static String bash(List<String> path) {
    for (String folder : path) {
      Path bash = Path.of(folder, "bash");
      if (Files.isExecutable(bash)) {
        return bash.toString();
      }
    }
    return "/bin/bash";
  }
}
