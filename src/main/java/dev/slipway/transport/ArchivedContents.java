package dev.slipway.transport;

import dev.slipway.layer.LayerContents;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TarWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * The contents of a layer that lies uncompressed in a file. Large ones go to the output straight;
 * of small ones, which mostly come in the order that they lie in, many are read at once.
 */
final class ArchivedContents implements LayerContents {
  private static final int WINDOW = 256 << 10;

  /** How far ahead of what was read last something still counts as next to it. */
  private static final int NEAR = 64 << 10;

  private final ArchiveFile file;
  private final String what;
  private final long start;
  private final long size;
  private ByteBuffer window = ByteBuffer.allocate(0);
  private long windowStart;

  /** Contents of the tar of {@code size} bytes from {@code start} on. */
  ArchivedContents(ArchiveFile file, String what, long start, long size) {
    this.file = file;
    this.what = what;
    this.start = start;
    this.size = size;
  }

  /** How many bytes the whole tar has. */
  long size() {
    return size;
  }

  @Override
  public void copy(long offset, long length, TarWriter out) throws IOException {
    if (length >= WINDOW) {
      out.write(length, channel -> file.transfer(start + offset, length, channel));
    } else {
      out.write(read(offset, (int) length));
    }
  }

  private ByteBuffer read(long offset, int length) throws IOException {
    long windowEnd = windowStart + window.limit();
    if (offset < windowStart || offset + length > windowEnd) {
      boolean next = offset >= windowStart && offset <= windowEnd + NEAR;
      int wanted = next ? (int) Math.min(WINDOW, size - offset) : length;
      if (window.capacity() < wanted) {
        window = ByteBuffer.allocate(next ? WINDOW : wanted);
      }
      window.clear().limit(wanted);
      file.read(start + offset, window);
      window.flip();
      windowStart = offset;
    }
    return window.slice((int) (offset - windowStart), length);
  }

  @Override
  public void copySparse(long offset, TarWriter out) throws IOException {
    try (InputStream in = new BufferedInputStream(file.section(start + offset, size - offset))) {
      TarReader reader = new TarReader(in, what);
      if (reader.next() == null) {
        throw new IllegalStateException(what + ": a member is where none was");
      }
      InputStream content = reader.content();
      byte[] buffer = new byte[WINDOW];
      int count;
      while ((count = content.read(buffer)) > 0) {
        out.write(ByteBuffer.wrap(buffer, 0, count));
      }
    }
  }
}
