package dev.slipway.sandbox;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Writes a tar. */
@FunctionalInterface
public interface TarSource {
  /**
   * Writes all of it to {@code out}, which stays open.
   *
   * @throws IOException if it cannot be read or written
   */
  void writeTo(WritableByteChannel out) throws IOException;
}
