package dev.slipway.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads small pieces, many at once where they come in the order that they lie in. */
final class ReadAhead {
  /** What is larger is none of its business. */
  static final int LARGEST = 64 << 10;

  private static final int WINDOW = 256 << 10;

  /** How far behind what was read last something still counts as next to it. */
  private static final int NEAR = 64 << 10;

  private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW).limit(0);
  private @Nullable ArchiveFile file;
  private long start;

  /**
   * The bytes of {@code from}, valid until the next call.
   *
   * @param end how far may be read ahead
   */
  ByteBuffer read(ArchiveFile from, long offset, int length, long end) throws IOException {
    boolean same = from.equals(file) && offset >= start;
    long windowEnd = start + window.limit();
    if (!same || offset + length > windowEnd) {
      boolean next = same && offset <= windowEnd + NEAR;
      window.clear().limit(next ? (int) Math.min(WINDOW, end - offset) : length);
      file = null;
      from.read(offset, window);
      window.flip();
      file = from;
      start = offset;
    }
    return window.slice((int) (offset - start), length);
  }
}
