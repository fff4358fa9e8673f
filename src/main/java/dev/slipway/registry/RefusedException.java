package dev.slipway.registry;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** An answer that was not expected, before it is known whether it counts. */
final class RefusedException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient RegistryException answer;
  private final transient Optional<Duration> retryAfter;

  RefusedException(RegistryException answer, Optional<Duration> retryAfter) {
    super(answer);
    this.answer = answer;
    this.retryAfter = retryAfter;
  }

  RegistryException answer() {
    return answer;
  }

  /** How long to wait, if the registry says so. */
  Optional<Duration> retryAfter() {
    return retryAfter;
  }
}
