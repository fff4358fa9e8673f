package dev.slipway.layer;

import java.io.IOException;
import java.io.InputStream;

/** A stream that is read many bytes at a time; one alone is made from that. */
public abstract class BulkInputStream extends InputStream {
  /** A stream of which nothing has been read. */
  protected BulkInputStream() {}

  @Override
  public abstract int read(byte[] target, int start, int length) throws IOException;

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }
}
