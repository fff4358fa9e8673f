package dev.slipway.build;

import dev.slipway.sandbox.ScriptRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What scripts may do.
 *
 * @param network what of the network those see that are root; others see what the caller sees
 * @param time how long each may take; if empty, for ever
 * @param keepFailed where the tree of one that has failed is kept, in a folder of its own; if empty
 *     it is not
 */
public record ScriptRules(
    ScriptRun.Network network, Optional<Duration> time, Optional<Path> keepFailed) {
  /** No network, as much time as they take, and nothing kept. */
  public static final ScriptRules USUAL =
      new ScriptRules(ScriptRun.Network.NONE, Optional.empty(), Optional.empty());
}
