package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.http.Sleeper;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Counts what goes wrong, and waits before the next attempt or gives up. */
public final class Attempts {
  /** However much progress there is in between. */
  private static final int MOST_FAULTS = 100;

  private final RetryPolicy policy;
  private final Sleeper sleeper;
  private int faults;
  private int sinceProgress;

  /** Nothing has gone wrong yet. */
  public Attempts(HttpSettings settings) {
    this.policy = settings.retries();
    this.sleeper = settings.sleeper();
  }

  /** Some of it has worked. */
  public void progressed() {
    sinceProgress = 0;
  }

  /**
   * Returns when it may be tried again.
   *
   * @throws IOException {@code fault}, if it would not help
   */
  public void failed(IOException fault) throws IOException {
    failed(fault, Optional.empty());
  }

  /**
   * The same after an answer that may say how long to wait.
   *
   * @throws IOException {@code fault}, if it would not help
   */
  public void failed(IOException fault, Optional<Duration> retryAfter) throws IOException {
    if (!isPassing(fault)) {
      throw fault;
    }
    again(fault, retryAfter);
  }

  /**
   * The same where another way is taken the next time, so that it may help whatever the fault.
   *
   * @throws IOException {@code fault}, if it was tried often enough
   */
  public void again(IOException fault) throws IOException {
    again(fault, Optional.empty());
  }

  private void again(IOException fault, Optional<Duration> retryAfter) throws IOException {
    faults++;
    sinceProgress++;
    if (sinceProgress >= policy.attempts() || faults >= MOST_FAULTS) {
      throw fault;
    }
    try {
      sleeper.sleep(retryAfter.map(policy::atMost).orElseGet(() -> policy.delay(sinceProgress)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
  }

  /** Whether these answers are due to what may be over soon. */
  public static boolean isPassing(int status) {
    return switch (status) {
      case 408, 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }

  /** Whether it may be over soon. */
  public static boolean isPassing(IOException fault) {
    if (fault instanceof StatusException answer) {
      return isPassing(answer.status());
    }
    if (fault instanceof ImageException) {
      return false;
    }
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      boolean lasting =
          switch (cause) {
            case UnreachableException _, InterruptedIOException _, SourceException _ -> true;
            case FileSystemException _ -> true;
            // A connection that is cut says so in a cause of its own.
            case SSLException tls -> !(tls.getCause() instanceof IOException);
            default -> false;
          };
      if (lasting) {
        return false;
      }
    }
    return true;
  }
}
