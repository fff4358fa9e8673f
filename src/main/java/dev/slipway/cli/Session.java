package dev.slipway.cli;

import dev.slipway.layer.DigestCache;
import dev.slipway.layer.FileDigestCache;
import dev.slipway.transport.RegistryOptions;
import java.time.InstantSource;

/**
 * One run of the program: what commands are given of the world around it.
 *
 * @param environment what was taken from the environment
 * @param streams standard input, output and error
 * @param clock tells the time
 * @param temporaryFiles what must be gone in the end
 * @param quiet whether nothing but errors is told
 * @param scripts how scripts are run
 * @param registryArguments how registries are spoken to, as far as the command line says
 */
record Session(
    Environment environment,
    Streams streams,
    InstantSource clock,
    TemporaryFiles temporaryFiles,
    boolean quiet,
    ScriptOptions scripts,
    RegistryArguments registryArguments) {

  /** Remembers what layers were measured to be. */
  DigestCache digests() {
    return new FileDigestCache(environment.cacheHome().resolve("slipway/digests"));
  }

  /**
   * How registries are spoken to.
   *
   * @throws UsageException if the command line or the environment does not say it well
   */
  RegistryOptions registries() throws UsageException {
    return registryArguments.options(environment, clock);
  }

  /** Shows the making of one image, as standard error and {@code --quiet} allow. */
  ProgressView progress() {
    if (quiet) {
      return ProgressView.NONE;
    }
    return streams.errIsTerminal()
        ? new ProgressDisplay(streams.err(), environment)
        : new ProgressLines(streams.err(), clock);
  }

  /** Says what was done, beside the result. */
  void tell(String message) {
    if (!quiet) {
      streams.err().println(message);
    }
  }
}
