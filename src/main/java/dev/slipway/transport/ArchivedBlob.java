package dev.slipway.transport;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Compression;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A layer's tar as it lies in an archive, perhaps compressed there.
 *
 * @param archive the archive
 * @param what names it in errors
 * @param offset where it begins
 * @param stored how many bytes it takes there
 * @param compression how these are compressed
 * @param digest of the tar
 * @param size of the tar
 */
record ArchivedBlob(
    ArchiveFile archive,
    String what,
    long offset,
    long stored,
    Compression compression,
    Digest digest,
    long size)
    implements Blob {
  private static final int BUFFER = 128 << 10;

  /** The tar, from its beginning. */
  InputStream open() throws IOException {
    return new BufferedInputStream(
        compression.decompress(archive.section(offset, stored), what), BUFFER);
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    if (compression == Compression.NONE) {
      archive.transfer(offset, stored, out);
      return;
    }
    archive.checkUnchanged(offset);
    long left = size;
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = compression.decompress(archive.section(offset, stored), what)) {
      int count;
      while ((count = in.read(buffer)) > 0) {
        left -= count;
        if (left < 0) {
          break;
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
      }
    }
    if (left != 0) {
      throw new ImageException(what + ": changed while it was read");
    }
    archive.checkUnchanged(offset);
  }
}
