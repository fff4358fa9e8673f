package dev.slipway.http;

import java.time.Duration;

/**
 * How often and how long after a fault something is tried again.
 *
 * @param attempts how often in all, without progress in between
 * @param first how long to wait after the first fault; each time twice as long
 * @param longest how long to wait at most, also where a server asks for more
 */
public record RetryPolicy(int attempts, Duration first, Duration longest) {
  /** Five attempts within a quarter of a minute, unless the server asks for more time. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofMinutes(2));

  /** Refuses less than one attempt. */
  public RetryPolicy {
    if (attempts < 1) {
      throw new IllegalArgumentException(attempts + " attempts");
    }
  }

  /** How long to wait after so many faults. */
  public Duration delay(int faults) {
    Duration delay = first.multipliedBy(1L << Math.min(faults - 1, 20));
    return atMost(delay);
  }

  /** This time, or the longest that is waited. */
  public Duration atMost(Duration asked) {
    return asked.compareTo(longest) > 0 ? longest : asked;
  }
}
