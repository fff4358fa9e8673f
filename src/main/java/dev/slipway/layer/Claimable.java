package dev.slipway.layer;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Work that is done once, by a helper that finds the time for it or else by the thread that needs
 * the result. So helpers make things faster, but nothing ever waits for one that is not at it.
 */
final class Claimable<T extends @Nullable Object> {
  private final FutureTask<T> task;

  Claimable(Callable<T> work) {
    this.task = new FutureTask<>(work);
  }

  /** Offers the work to helpers, who run what they are given at any time or never. */
  void offer(Executor helpers) {
    helpers.execute(task);
  }

  /** The result, for which the work is done now if nobody has begun it. */
  T take() throws IOException {
    task.run();
    return Futures.await(task);
  }

  /** Gives the work up; nobody may take its result any more. */
  void cancel() {
    task.cancel(true);
  }
}
