package dev.slipway.http.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An answer that was not expected, before it is known whether it counts. */
public final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient StatusException answer;
  private final transient Optional<Duration> retryAfter;

  /**
   * Wraps it.
   *
   * @param retryAfter how long to wait, if the server says so
   */
  public RefusedException(StatusException answer, Optional<Duration> retryAfter) {
    super(answer);
    this.answer = answer;
    this.retryAfter = retryAfter;
  }

  /** The answer. */
  public StatusException answer() {
    return answer;
  }

  /** How long to wait, if the server says so. */
  public Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
