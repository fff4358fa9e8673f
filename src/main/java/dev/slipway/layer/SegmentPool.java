package dev.slipway.layer;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Arrays for pieces of a tar, used again by the next layer: to clear a megabyte for each takes as
 * long as to hash a small one. As many are made as are in use at a time. Where writing fails, they
 * are not given back, since a helper may still be filling them.
 */
final class SegmentPool {
  /** How many bytes of a tar a segment holds. */
  static final int SEGMENT = 64 << 10;

  private final Deque<byte[]> free = new ArrayDeque<>();

  /** An array of one byte more than {@link #SEGMENT}, whatever is in it. */
  synchronized byte[] take() {
    byte[] segment = free.poll();
    return segment == null ? new byte[SEGMENT + 1] : segment;
  }

  /** Takes back what was taken, and what nobody writes to any more. */
  synchronized void give(byte[] segment) {
    free.push(segment);
  }
}
