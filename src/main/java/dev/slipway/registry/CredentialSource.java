package dev.slipway.registry;

import dev.slipway.oci.RepositoryName;
import java.io.IOException;

/** Knows what to prove oneself with. */
@FunctionalInterface
public interface CredentialSource {
  /** Knows nothing. */
  CredentialSource ANONYMOUS = _ -> new Credentials.Anonymous();

  /**
   * What a repository's registry is to be given.
   *
   * @throws IOException if a file or program that knows cannot be read; the message names it
   */
  Credentials find(RepositoryName repository) throws IOException;
}
