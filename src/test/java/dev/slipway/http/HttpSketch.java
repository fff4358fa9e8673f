package dev.slipway.http;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Settings with which tests speak to servers of this machine. */
public final class HttpSketch {
  private HttpSketch() {}

  /** For those who never wait for an attempt to be made again. */
  public static HttpSettings settings(InstantSource clock) {
    return settings(clock, _ -> {});
  }

  /**
   * Settings without proxies and certificates.
   *
   * @param clock says what time it is
   * @param sleeper waits before an attempt is made again
   */
  public static HttpSettings settings(InstantSource clock, Sleeper sleeper) {
    return new HttpSettings(
        true,
        Optional.empty(),
        List.of(),
        ProxySettings.NONE,
        Duration.ofSeconds(10),
        Duration.ofSeconds(10),
        RetryPolicy.DEFAULT,
        sleeper,
        clock,
        "slipway/test");
  }
}
