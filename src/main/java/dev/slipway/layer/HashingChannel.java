package dev.slipway.layer;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;

/** Finds out the digest of what goes through it on its way elsewhere. */
public final class HashingChannel implements WritableByteChannel {
  private final WritableByteChannel out;
  private final MessageDigest hash = Digest.sha256();

  /** Hashes what goes to {@code out}, which it does not close. */
  public HashingChannel(WritableByteChannel out) {
    this.out = out;
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    ByteBuffer same = bytes.duplicate();
    int count = out.write(bytes);
    hash.update(same.limit(same.position() + count));
    return count;
  }

  /** The digest of all that was written; ends the computation. */
  public Digest digest() {
    return Digest.ofBytes(hash.digest());
  }

  @Override
  public boolean isOpen() {
    return out.isOpen();
  }

  /** Leaves the channel behind it open. */
  @Override
  public void close() {}
}
