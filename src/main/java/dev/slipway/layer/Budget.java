package dev.slipway.layer;

import java.util.concurrent.atomic.AtomicLong;

/** Memory that several threads share out among what they would like to remember. */
final class Budget {
  private final AtomicLong left;

  /** A budget of this many bytes. */
  Budget(long bytes) {
    this.left = new AtomicLong(bytes);
  }

  /** Takes {@code bytes} if there are as many left, and says whether there were. */
  boolean take(long bytes) {
    if (left.addAndGet(-bytes) >= 0) {
      return true;
    }
    left.addAndGet(bytes);
    return false;
  }

  /** Gives back what was taken. */
  void give(long bytes) {
    left.addAndGet(bytes);
  }
}
