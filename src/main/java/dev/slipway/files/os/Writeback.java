package dev.slipway.files.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Has a file written to its device while it still grows, so that little is left to wait for when it
 * is finished.
 */
final class Writeback implements Closeable {
  private static final long STEP = 64 << 20;
  private static final long INTERVAL_MILLIS = 50;

  private final FileChannel channel;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;
  private @Nullable IOException failure;

  /** Begins. */
  Writeback(FileChannel channel) {
    this.channel = channel;
    this.thread = Thread.ofPlatform().daemon().name("slipway-writeback").unstarted(this::run);
    thread.start();
  }

  private void run() {
    long synced = 0;
    try {
      while (!end.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
        long size = channel.size();
        if (size - synced >= STEP) {
          channel.force(false);
          synced = size;
        }
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      // Nobody does; the file is synced at its end all the same.
    }
  }

  /** Whether it is still at it. */
  boolean isRunning() {
    return thread.isAlive();
  }

  /**
   * Ends it.
   *
   * @throws IOException if the device took something badly: the kernel says so once only
   */
  void finish() throws IOException {
    close();
    if (failure != null) {
      throw failure;
    }
  }

  /** Ends it, and waits until the channel is left alone. */
  @Override
  public void close() {
    end.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
