package dev.slipway.layer;

import dev.slipway.files.FileStatus;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The content of a file, measured.
 *
 * @param file the file, which must stay as it is
 * @param digest its digest
 * @param size its size in bytes
 * @param modified when it was last modified, in nanoseconds since 1970
 */
public record FileBlob(Path file, Digest digest, long size, long modified) implements Blob {
  private static final int BUFFER = 256 << 10;

  /**
   * The layer whose tar {@code file} is.
   *
   * @throws ImageException if it is no tar
   * @throws IOException if it cannot be read
   */
  public static Layer layer(Path file) throws IOException {
    FileStatus status = FileStatus.of(file.toRealPath());
    long entries = 0;
    try (InputStream in = Files.newInputStream(file)) {
      MeasuringStream measured =
          new MeasuringStream(in, file.toString(), Long.MAX_VALUE, () -> false);
      TarReader reader = new TarReader(measured, file.toString());
      while (reader.next() != null) {
        entries++;
      }
      FileBlob blob = new FileBlob(file, measured.digest(), measured.total(), status.modified());
      blob.checkUnchanged();
      return Layer.of(blob, entries);
    }
  }

  private void checkUnchanged() throws IOException {
    FileStatus now = FileStatus.of(file.toRealPath());
    if (now.size() != size || now.modified() != modified) {
      throw changed();
    }
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      checkUnchanged();
      if (out instanceof FileChannel) {
        for (long at = 0; at < size; ) {
          long count = in.transferTo(at, size - at, out);
          if (count <= 0) {
            throw changed();
          }
          at += count;
        }
        return;
      }
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      long left = size;
      while (left > 0) {
        buffer.clear().limit((int) Math.min(BUFFER, left));
        if (in.read(buffer) < 0) {
          throw changed();
        }
        left -= buffer.position();
        buffer.flip();
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
    }
  }

  private ImageException changed() {
    return new ImageException(file + " changed while it was read");
  }
}
