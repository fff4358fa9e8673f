package dev.slipway.layer;

import dev.slipway.files.FileStatus;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;

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
    MessageDigest sha256 = Digest.sha256();
    long entries = 0;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
        InputStream measured = new Measured(in, sha256)) {
      TarReader reader = new TarReader(measured, file.toString());
      while (reader.next() != null) {
        entries++;
      }
    }
    FileBlob blob =
        new FileBlob(file, Digest.ofBytes(sha256.digest()), status.size(), status.modified());
    return Layer.of(blob, entries);
  }

  /** Digests what is skipped, too. */
  private static final class Measured extends DigestInputStream {
    Measured(InputStream in, MessageDigest digest) {
      super(in, digest);
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] passed = new byte[(int) Math.min(count, BUFFER)];
      return Math.max(0, read(passed, 0, passed.length));
    }
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      FileStatus now = FileStatus.of(file.toRealPath());
      if (now.size() != size || now.modified() != modified) {
        throw changed();
      }
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
