package dev.slipway.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Packs bits into bytes, the first into the lowest place (RFC 1951, section 3.1.1). */
final class BitWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] out = {};
  private int size;
  private long pending;
  private int pendingBits;

  /** Starts anew, at the beginning of {@code out}. */
  void reset(byte[] out) {
    this.out = out;
    size = 0;
    pending = 0;
    pendingBits = 0;
  }

  /** Adds the lowest {@code count} bits of {@code bits}, at most 48; its others must be 0. */
  void put(long bits, int count) {
    pending |= bits << pendingBits;
    pendingBits += count;
    LONG.set(out, size, pending);
    int whole = pendingBits >>> 3;
    size += whole;
    pending >>>= whole << 3;
    pendingBits &= 7;
  }

  /** Adds zeros up to the next byte. */
  void align() {
    put(0, -pendingBits & 7);
  }

  /** Adds bytes; the last bit must have filled one. */
  void putBytes(byte[] bytes, int from, int count) {
    System.arraycopy(bytes, from, out, size, count);
    size += count;
  }

  /** How many whole bytes there are. */
  int size() {
    return size;
  }

  /** How many bits are still missing from the next whole byte, 0 to 7. */
  int toNextByte() {
    return -pendingBits & 7;
  }
}
