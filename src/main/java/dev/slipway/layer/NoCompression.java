package dev.slipway.layer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** Leaves the input as it is; it sees the very channel that it ends in. */
public record NoCompression() implements Compressor {
  @Override
  public Compression compression() {
    return Compression.NONE;
  }

  @Override
  public void compress(Input input, WritableByteChannel out) throws IOException {
    input.writeTo(out);
  }
}
