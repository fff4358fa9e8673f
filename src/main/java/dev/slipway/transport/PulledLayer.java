package dev.slipway.transport;

import dev.slipway.oci.DiffId;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A layer that was fetched and is what it should be.
 *
 * @param diffId the digest of its tar
 * @param size the size of its tar in bytes
 * @param file its tar, in a file that is gone when it is closed
 */
record PulledLayer(DiffId diffId, long size, ArchiveFile file) implements Closeable {
  void writeTo(WritableByteChannel out) throws IOException {
    file.transfer(0, size, out);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
