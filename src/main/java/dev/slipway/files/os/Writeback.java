package dev.slipway.files.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Has a file written to its device while it still grows, so that little is left to wait for when it
 * is finished. It only ever asks the kernel to begin: whether all arrived is for whoever syncs the
 * file at its end to find out.
 */
final class Writeback implements Closeable {
  private static final long STEP = 4 << 20;
  private static final long INTERVAL_MILLIS = 5;

  private final FileChannel channel;
  private final Path file;
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread thread;

  /**
   * Begins.
   *
   * @param channel that {@code file} is written through; it is asked for its size only
   */
  Writeback(FileChannel channel, Path file) {
    this.channel = channel;
    this.file = file;
    this.thread = Thread.ofPlatform().daemon().name("slipway-writeback").unstarted(this::run);
    thread.start();
  }

  private void run() {
    try {
      // Nothing is linked, and no second descriptor held, for a file that stays small.
      if (!grownTo(STEP)) {
        return;
      }
      int fd = descriptor(file);
      long begun = 0;
      do {
        long size = channel.size();
        if (!Hints.beginWriting(fd, begun, size - begun)) {
          return;
        }
        begun = size;
      } while (grownTo(begun + STEP));
    } catch (IOException e) {
      // The channel was closed, or the file may not be read: it is synced at its end all the same.
    } catch (InterruptedException e) {
      // Nobody does; and again it is synced at its end.
    }
  }

  /**
   * The number of a descriptor that this process has for {@code file}, which the JDK does not tell.
   * To open another by a system call would have to be linked first.
   *
   * @throws IOException if there is none
   */
  static int descriptor(Path file) throws IOException {
    Path real = file.toRealPath();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path each : open) {
        if (Files.isSymbolicLink(each) && Files.readSymbolicLink(each).equals(real)) {
          return Integer.parseInt(each.getFileName().toString());
        }
      }
    }
    throw new NoSuchFileException(file.toString());
  }

  /** Waits until the file has this many bytes; false if the end came first. */
  private boolean grownTo(long size) throws IOException, InterruptedException {
    while (!end.await(INTERVAL_MILLIS, TimeUnit.MILLISECONDS)) {
      if (channel.size() >= size) {
        return true;
      }
    }
    return false;
  }

  /** Whether it is still at it. */
  boolean isRunning() {
    return thread.isAlive();
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
