package dev.slipway.files.os;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file or directory that processes lock to keep out of each other's way, with {@code flock(2)} as
 * Nix does. Unlike the JDK's file locks it also excludes other threads of this process, is not lost
 * when someone else here closes the file, and can be taken on a directory. Closing gives it up, as
 * does the end of the process, however it ends.
 */
public final class LockFile implements AutoCloseable {
  private final Path path;
  private final int fd;
  private boolean closed;

  private LockFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Opens the file at {@code path}, made if it is missing, without locking it.
   *
   * @throws IOException if it cannot be opened
   */
  public static LockFile open(Path path) throws IOException {
    return new LockFile(path, SystemCalls.openLockFile(path));
  }

  /**
   * Opens the directory at {@code path} without locking it.
   *
   * @throws IOException if it cannot be opened
   */
  public static LockFile openDirectory(Path path) throws IOException {
    return new LockFile(path, SystemCalls.openReadable(path));
  }

  /** Waits until nobody else holds an exclusive lock, and takes a shared one. */
  public void lockShared() throws IOException {
    SystemCalls.flock(fd, false, true, path);
  }

  /** Waits until nobody else holds any lock, and takes an exclusive one. */
  public void lockExclusive() throws IOException {
    SystemCalls.flock(fd, true, true, path);
  }

  /** Takes an exclusive lock if nobody else holds any; says whether it did. */
  public boolean tryLockExclusive() throws IOException {
    return SystemCalls.flock(fd, true, false, path);
  }

  /** How many bytes the file that was opened has, even if another has its name by now. */
  public long size() throws IOException {
    return SystemCalls.size(fd, path);
  }

  /** The path as it was opened. */
  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      SystemCalls.close(fd, path);
    }
  }
}
