package dev.slipway.layer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Leaves the content as it is; it sees the very channel that it ends in. */
public record NoCompression() implements Compressor {
  @Override
  public Compression compression() {
    return Compression.NONE;
  }

  @Override
  public void compress(Content content, WritableByteChannel out) throws IOException {
    content.writeTo(out);
  }
}
