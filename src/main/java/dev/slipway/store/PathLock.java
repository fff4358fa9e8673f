package dev.slipway.store;

import dev.slipway.files.os.LockFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An exclusive lock on one object of a store, in Nix's manner: a file beside it, with {@code .lock}
 * at its name's end, which is deleted afterwards. Who waited for a file that was deleted sees a
 * byte in it, and starts again.
 */
final class PathLock implements AutoCloseable {
  static final String SUFFIX = ".lock";

  private final LockFile file;

  private PathLock(LockFile file) {
    this.file = file;
  }

  /** Waits for the lock on {@code object}. */
  static PathLock acquire(Path object) throws IOException {
    Path path = object.resolveSibling(object.getFileName() + SUFFIX);
    while (true) {
      LockFile file = LockFile.open(path);
      boolean ours = false;
      try {
        file.lockExclusive();
        ours = file.size() == 0;
      } finally {
        if (!ours) {
          file.close();
        }
      }
      if (ours) {
        return new PathLock(file);
      }
    }
  }

  /** Deletes the lock file at {@code path} unless someone holds it. */
  static void removeStale(Path path) throws IOException {
    try (LockFile file = LockFile.open(path)) {
      if (file.tryLockExclusive()) {
        remove(path);
      }
    }
  }

  /** Deletes a lock file whose lock is held, and tells those who wait for it. */
  static void remove(Path path) throws IOException {
    try (FileChannel mark = FileChannel.open(path, StandardOpenOption.WRITE)) {
      Files.deleteIfExists(path);
      mark.write(ByteBuffer.wrap(new byte[] {'d'}));
    } catch (NoSuchFileException _) {
      // Someone cleaned up for us; those who wait find no byte, and take the lock one by one.
    }
  }

  @Override
  public void close() throws IOException {
    try (LockFile _ = file) {
      remove(file.path());
    }
  }
}
