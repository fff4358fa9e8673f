package dev.slipway.layer;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Bytes whose size and digest are known before they are written, and that can be written as often
 * as asked. A blob is a recipe: it holds no content.
 */
public interface Blob {
  /** The digest of what {@link #writeTo} writes. */
  Digest digest();

  /** How many bytes {@link #writeTo} writes. */
  long size();

  /**
   * Writes all the bytes, and nothing else, to {@code out}, which stays open. Where {@code out} is
   * a {@link java.nio.channels.FileChannel}, file contents go to it without passing through the
   * program.
   *
   * @throws IOException if they cannot be produced or written; if what they are made from has
   *     changed since it was measured, the message names it
   */
  void writeTo(WritableByteChannel out) throws IOException;
}
