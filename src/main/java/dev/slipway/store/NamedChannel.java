package dev.slipway.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * Writes to a file and says which one where that fails. A full disk is the usual reason, and the
 * JDK does not say of which file.
 *
 * @param out the file, which stays open
 * @param path where it lies
 */
record NamedChannel(WritableByteChannel out, Path path) implements WritableByteChannel {
  @Override
  public int write(ByteBuffer bytes) throws IOException {
    try {
      return out.write(bytes);
    } catch (IOException e) {
      throw new IOException("cannot write " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean isOpen() {
    return out.isOpen();
  }

  @Override
  public void close() {}
}
