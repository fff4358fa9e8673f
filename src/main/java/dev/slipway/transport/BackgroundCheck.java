package dev.slipway.transport;

import dev.slipway.layer.Futures;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/** Reads to check and reads to write at the same time. */
final class BackgroundCheck {
  private BackgroundCheck() {}

  /** Finds something out by reading, unless it is told to give up. */
  @FunctionalInterface
  interface Check<T> {
    T run(AtomicBoolean cancelled) throws IOException;
  }

  /** Writes something. */
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  /**
   * Does {@code work}, and {@code check} on a thread of its own; when this returns both are over.
   */
  static <T> T during(Check<T> check, Work work) throws IOException {
    AtomicBoolean cancelled = new AtomicBoolean();
    FutureTask<T> task = new FutureTask<>(() -> check.run(cancelled));
    Thread thread = Thread.ofPlatform().daemon().name("verification").start(task);
    try {
      work.run();
    } catch (IOException | RuntimeException | Error e) {
      cancelled.set(true);
      end(thread);
      throw e;
    }
    return Futures.await(task);
  }

  private static void end(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
