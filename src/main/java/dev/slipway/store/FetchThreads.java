package dev.slipway.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Collection;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** Does a few things at a time that take long, and can be stopped. */
final class FetchThreads implements AutoCloseable {
  private final ExecutorService workers;

  FetchThreads(int threads) {
    this.workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("slipway-fetch-", 1).factory());
  }

  /** Has {@code task} run; once this is closed it is cancelled instead. */
  void start(FutureTask<?> task) {
    try {
      workers.execute(task);
    } catch (RejectedExecutionException _) {
      task.cancel(false);
    }
  }

  /**
   * Waits for all of them.
   *
   * @throws IOException what the first of them has thrown that has thrown anything
   */
  static void await(Collection<? extends Future<?>> tasks) throws IOException {
    for (Future<?> task : tasks) {
      try {
        task.get();
      } catch (ExecutionException e) {
        throw thrown(e);
      } catch (CancellationException e) {
        throw interrupted(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw interrupted(e);
      }
    }
  }

  private static IOException thrown(ExecutionException failure) {
    return switch (failure.getCause()) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> new IOException(failure);
    };
  }

  private static IOException interrupted(Exception cause) {
    return (IOException) new InterruptedIOException("fetching was stopped").initCause(cause);
  }

  @Override
  public void close() {
    workers.shutdownNow().forEach(task -> ((FutureTask<?>) task).cancel(false));
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        workers.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
