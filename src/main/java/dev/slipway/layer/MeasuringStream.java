package dev.slipway.layer;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.function.BooleanSupplier;

/** Hashes and counts what is read, or skipped, through it, in pieces that suit the hash. */
public final class MeasuringStream extends InputStream {
  private final InputStream in;
  private final String what;
  private final long most;
  private final BooleanSupplier cancelled;
  private final MessageDigest hash = Digest.sha256();
  private final byte[] buffer = new byte[128 << 10];
  private int position;
  private int limit;
  private long total;

  /**
   * A stream that has read nothing of {@code in}, which it does not close.
   *
   * @param what names it in errors
   * @param most more bytes than these are refused
   * @param cancelled says when to stop early
   */
  public MeasuringStream(InputStream in, String what, long most, BooleanSupplier cancelled) {
    this.in = in;
    this.what = what;
    this.most = most;
    this.cancelled = cancelled;
  }

  /** The digest of all that was read; ends the computation. */
  public Digest digest() {
    return Digest.ofBytes(hash.digest());
  }

  /** How many bytes were read. */
  public long total() {
    return total;
  }

  /** Whether there is something in the buffer now. */
  private boolean fill() throws IOException {
    if (position < limit) {
      return true;
    }
    if (cancelled.getAsBoolean()) {
      throw new InterruptedIOException(what + ": reading was given up");
    }
    position = 0;
    limit = Math.max(0, in.readNBytes(buffer, 0, buffer.length));
    hash.update(buffer, 0, limit);
    total += limit;
    if (total > most) {
      throw new ImageException(
          "%s: decompresses to more than the %d bytes that are allowed".formatted(what, most));
    }
    return limit > 0;
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer[position++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int start, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, limit - position);
    System.arraycopy(buffer, position, target, start, count);
    position += count;
    return count;
  }

  @Override
  public long skip(long count) throws IOException {
    long left = count;
    while (left > 0 && fill()) {
      int step = (int) Math.min(left, limit - position);
      position += step;
      left -= step;
    }
    return count - Math.max(left, 0);
  }
}
