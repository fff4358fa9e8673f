package dev.slipway.layer;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Work that is done once, by a helper that finds the time for it or else by the thread that needs
 * the result. So helpers make things faster, but nothing ever waits for one that is not at it.
 */
final class Claimable<T extends @Nullable Object> {
  private final Backlog backlog;
  private final FutureTask<T> task;

  Claimable(Backlog backlog, Callable<T> work) {
    this.backlog = backlog;
    this.task = new FutureTask<>(work);
  }

  /** Offers the work to helpers, for when they have done what they were offered before. */
  void offer() {
    backlog.addLast(task);
  }

  /** Offers the work to helpers as the next that they do. */
  void offerFirst() {
    backlog.addFirst(task);
  }

  /**
   * The result, for which the work is done now if nobody has begun it. While somebody is at it,
   * this thread does other work that is open.
   */
  T take() throws IOException {
    backlog.remove(task);
    task.run();
    while (!task.isDone() && !Thread.currentThread().isInterrupted() && backlog.doLast()) {
      // No work takes results itself, and each keeps its own failure: nothing comes back here.
    }
    return Futures.await(task);
  }

  /** Gives the work up; nobody may take its result any more. */
  void cancel() {
    backlog.remove(task);
    task.cancel(true);
  }
}
