package dev.slipway.sandbox;

import dev.slipway.layer.DigestCache;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Runs a script that does not end, with processes in the background, until it is killed. */
final class EndlessRun {
  private EndlessRun() {}

  public static void main(String[] args) throws Exception {
    TreeNode.Directory empty = new TreeNode.Directory(0755, 0, 0, new TreeMap<>());
    ScriptRun run =
        new ScriptRun(
            new Script(
                "script",
                "setsid sleep " + args[1] + " & echo begun; sleep " + args[1],
                "/bin/bash",
                List.of("/bin"),
                Map.of()),
            new View.Above(List.of()),
            out -> {
              try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
                measurer.measure(new TreeLayer(empty, 0), out);
              }
            },
            Optional.empty(),
            Optional.empty(),
            new ScriptRun.Limits(
                OptionalLong.of(32 << 20), OptionalLong.of(256 << 20), Optional.empty()),
            ScriptRun.Network.NONE);
    new NamespaceSandbox(
            SandboxSettings.of(Path.of(args[0]), System.out::println, System.out::println))
        .run(run)
        .close();
  }
}
