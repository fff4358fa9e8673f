package dev.slipway.transport;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Layer;
import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;

/** Bytes in memory. */
final class BytesBlob implements Blob {
  private final byte[] bytes;

  BytesBlob(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  static Layer layer(byte[] tar) {
    return Layer.of(new BytesBlob(tar), 1);
  }

  /** What {@code blob} writes. */
  static byte[] read(Blob blob) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    blob.writeTo(Channels.newChannel(out));
    return out.toByteArray();
  }

  @Override
  public Digest digest() {
    return Digest.of(bytes);
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      out.write(buffer);
    }
  }
}
