package dev.slipway.sandbox;

import dev.slipway.files.FileStatus;
import dev.slipway.files.os.LockFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A folder of one run. It holds a locked file for as long as the run goes on: what a run that was
 * killed has left is known by the lock that nobody holds, and is removed when the next begins.
 */
final class RunFolder implements Closeable {
  private static final String PREFIX = "slipway-run.";
  private static final String LOCK = "lock";

  /** How often the folder is tried to be removed when a run has ended. */
  private static final int ATTEMPTS = 20;

  private final Path path;
  private final LockFile lock;
  private final Remover remover;

  private RunFolder(Path path, LockFile lock, Remover remover) {
    this.path = path;
    this.remover = remover;
    this.lock = lock;
  }

  /** Deletes a folder whose run was killed. */
  @FunctionalInterface
  interface Remover {
    /**
     * Deletes {@code folder} and all that is in it, whoever it belongs to.
     *
     * @throws IOException if something is left
     * @throws InterruptedException if waiting for it is interrupted
     */
    void remove(Path folder) throws IOException, InterruptedException;
  }

  /**
   * Makes a folder in {@code parent}, in which nobody else can look, and has those of the caller
   * removed whose runs were killed. What cannot be removed stays for the next run to try.
   *
   * @throws IOException if it cannot be made
   */
  static RunFolder create(Path parent, Remover remover) throws IOException, InterruptedException {
    RunFolder own = make(parent, remover);
    boolean whole = false;
    try (DirectoryStream<Path> others = Files.newDirectoryStream(parent, PREFIX + "*")) {
      int caller = FileStatus.of(own.path).uid();
      for (Path other : others) {
        if (!other.equals(own.path) && isFolderOf(caller, other)) {
          removeIfStale(other, remover);
        }
      }
      whole = true;
      return own;
    } finally {
      if (!whole) {
        own.close();
      }
    }
  }

  private static RunFolder make(Path parent, Remover remover) throws IOException {
    while (true) {
      Path path =
          Files.createTempDirectory(
              parent,
              PREFIX,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      // Until the lock is held, somebody else may take it for a stale one.
      try {
        LockFile lock = LockFile.open(path.resolve(LOCK));
        if (lock.tryLockExclusive() && Files.exists(lock.path())) {
          return new RunFolder(path, lock, remover);
        }
        lock.close();
      } catch (IOException e) {
        if (Files.exists(path)) {
          throw e;
        }
      }
    }
  }

  /** In a folder of somebody else, names may lead anywhere. */
  private static boolean isFolderOf(int user, Path path) {
    try {
      FileStatus status = FileStatus.of(path);
      return status.isDirectory() && status.uid() == user;
    } catch (IOException e) {
      return false; // It has gone meanwhile.
    }
  }

  private static void removeIfStale(Path folder, Remover remover) throws InterruptedException {
    try (LockFile lock = LockFile.open(folder.resolve(LOCK))) {
      if (lock.tryLockExclusive()) {
        remover.remove(folder);
      }
    } catch (IOException e) {
      // Another user's, or it has gone meanwhile.
    }
  }

  /** Where it is. */
  Path path() {
    return path;
  }

  /** Deletes it. */
  @Override
  public void close() throws IOException {
    try (lock) {
      for (int attempt = 1; Files.exists(path); attempt++) {
        try {
          remover.remove(path);
        } catch (IOException e) {
          // With the lock's file gone, somebody else may have made another in there.
          if (attempt == ATTEMPTS) {
            throw e;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
