package dev.slipway.registry;

import java.io.IOException;
import java.io.InputStream;

/** Where the bytes of a blob that is uploaded come from, as often as they are needed. */
@FunctionalInterface
public interface BlobSource {
  /**
   * The bytes from {@code offset} on, up to the end; to be closed by whoever reads them.
   *
   * @throws IOException if they cannot be produced
   */
  InputStream open(long offset) throws IOException;
}
