package dev.slipway.sandbox;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What sandboxes work with.
 *
 * @param temporary the folder for what a run needs while it goes on; what a run that was killed has
 *     left there, the next removes
 * @param cache the folder in which unpacked layers are kept from run to run; if empty they are not
 * @param cacheBytes about how much room these may take
 * @param keepFailed where the tree of a script that has failed is kept, in a folder of its own; if
 *     empty it is not
 * @param output hears each line that a script prints
 * @param warnings hears, once each, what a run had to do without
 */
public record SandboxSettings(
    Path temporary,
    Optional<Path> cache,
    long cacheBytes,
    Optional<Path> keepFailed,
    Consumer<String> output,
    Consumer<String> warnings) {
  /** How much room unpacked layers take if nobody says otherwise: 10 GiB. */
  public static final long CACHE_BYTES = 10L << 30;

  /** Nothing is kept, neither layers nor what has failed. */
  public static SandboxSettings of(
      Path temporary, Consumer<String> output, Consumer<String> warnings) {
    return new SandboxSettings(
        temporary, Optional.empty(), CACHE_BYTES, Optional.empty(), output, warnings);
  }
}
