package dev.slipway.cli;

import dev.slipway.build.DockerTools;
import dev.slipway.layer.FileDigestCache;
import dev.slipway.sandbox.NamespaceSandbox;
import dev.slipway.sandbox.SandboxSettings;
import dev.slipway.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
    Arrays.stream(environment.searchPath().split(":", -1))
        .filter(folder -> folder.startsWith("/"))
        .forEach(path::add);
    Path layers = environment.cacheHome().resolve("slipway/layers");
    return new DockerTools.Settings(
        store,
        session.temporaryFiles().folder(),
        environment.sourceDateEpoch(),
        Runtime.getRuntime().availableProcessors(),
        new FileDigestCache(environment.cacheHome().resolve("slipway/digests")),
        new DockerTools.ScriptTools(shell.orElseGet(() -> bash(path)), path),
        (temporary, progress) ->
            new NamespaceSandbox(
                new SandboxSettings(
                    temporary,
                    Optional.of(layers),
                    SandboxSettings.CACHE_BYTES,
                    Optional.empty(),
                    progress::output,
                    progress::warning)));
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
