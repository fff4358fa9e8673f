package dev.slipway.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Bytes that can be read from anywhere, as often as needed. */
@FunctionalInterface
interface ReadableBlob {
  /**
   * The bytes from {@code offset} on, up to the end; to be closed by the caller.
   *
   * @throws IOException if they cannot be read
   */
  InputStream open(long offset) throws IOException;

  /** The bytes of a document. */
  static ReadableBlob of(byte[] document) {
    return offset ->
        new ByteArrayInputStream(document, (int) offset, document.length - (int) offset);
  }

  /**
   * The bytes of a file of our own, which may be moved away to where they are wanted.
   *
   * @param path the file
   */
  record OfFile(Path path) implements ReadableBlob {
    @Override
    public InputStream open(long offset) throws IOException {
      return Channels.newInputStream(
          FileChannel.open(path, StandardOpenOption.READ).position(offset));
    }
  }
}
