package dev.slipway.http;

import java.time.Duration;

/** Lets time pass. */
@FunctionalInterface
public interface Sleeper {
  /** Really does. */
  Sleeper REAL = duration -> Thread.sleep(duration);

  /**
   * Returns after {@code duration}.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void sleep(Duration duration) throws InterruptedException;
}
