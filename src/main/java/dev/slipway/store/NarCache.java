package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/** Keeps compressed NARs that were fetched over the network, by their hashes. */
@FunctionalInterface
public interface NarCache {
  /** Keeps nothing. */
  NarCache NONE = (_, source) -> source.open();

  /** Where what is not kept yet comes from. */
  @FunctionalInterface
  interface Source {
    /**
     * Asks for it. The end of the stream is reached only if it has the hash that it should have.
     *
     * @throws IOException if it cannot be had
     */
    InputStream open() throws IOException;
  }

  /**
   * The file with this hash, from here or else from {@code source} through here. To be closed; what
   * is removed from here meanwhile can still be read.
   *
   * @throws IOException if it is nowhere to be had
   */
  InputStream open(Digest hash, Source source) throws IOException;
}
