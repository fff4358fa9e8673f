package dev.slipway.cli;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a signal end the program in order: the thread that works is interrupted and given time to
 * end its scripts and undo what it has half done; what is left after that is ended and deleted. The
 * JVM then exits with the status that belongs to the signal.
 */
final class Ending implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 5;

  private final TemporaryFiles temporaryFiles;
  private final Thread worker = Thread.currentThread();
  private final CountDownLatch undone = new CountDownLatch(1);
  private volatile boolean begun;
  private final Thread hook = new Thread(this::end, "ending");

  /** Prepares for a signal while the calling thread works. */
  Ending(TemporaryFiles temporaryFiles) {
    this.temporaryFiles = temporaryFiles;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Whether a signal has come. */
  boolean hasBegun() {
    return begun;
  }

  private void end() {
    begun = true;
    temporaryFiles.forbid();
    worker.interrupt();
    try {
      boolean inTime = undone.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (inTime) {
        return;
      }
    } catch (InterruptedException _) {
      // Then at once.
    }
    ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    clean();
  }

  private void clean() {
    try {
      temporaryFiles.close();
    } catch (IOException _) {
      // There is another fault to tell already, or no time left to tell any.
    }
  }

  /** The worker is done, or has undone what it was at. */
  @Override
  public void close() {
    clean();
    undone.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // A signal ends the process: the hook is at work.
    }
  }
}
