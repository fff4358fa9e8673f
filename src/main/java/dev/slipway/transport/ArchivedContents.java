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
  private static final int BUFFER = 64 << 10;

  private final ArchiveFile file;
  private final String what;
  private final long start;
  private final long size;
  private final ReadAhead small;

  /**
   * Contents of the tar of {@code size} bytes from {@code start} on.
   *
   * @param small reads what is small
   */
  ArchivedContents(ArchiveFile file, String what, long start, long size, ReadAhead small) {
    this.small = small;
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
    if (length <= ReadAhead.LARGEST) {
      out.write(small.read(file, start + offset, (int) length, start + size));
    } else {
      out.write(length, channel -> file.transferUnchecked(start + offset, length, channel));
    }
  }

  @Override
  public void copySparse(long offset, TarWriter out) throws IOException {
    try (InputStream in = new BufferedInputStream(file.section(start + offset, size - offset))) {
      TarReader reader = new TarReader(in, what);
      if (reader.next() == null) {
        throw new IllegalStateException(what + ": a member is where none was");
      }
      InputStream content = reader.content();
      byte[] buffer = new byte[BUFFER];
      int count;
      while ((count = content.read(buffer)) > 0) {
        out.write(ByteBuffer.wrap(buffer, 0, count));
      }
    }
  }
}
