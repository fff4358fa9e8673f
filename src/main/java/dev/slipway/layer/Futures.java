package dev.slipway.layer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Waits for what other threads do. */
public final class Futures {
  private Futures() {}

  /**
   * The result of {@code task}, or its failure as if it had been done here.
   *
   * @throws InterruptedIOException if this thread is interrupted, which it remains
   * @throws IOException if the task has failed with it
   */
  public static <T extends @Nullable Object> T await(Future<T> task) throws IOException {
    try {
      return task.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
