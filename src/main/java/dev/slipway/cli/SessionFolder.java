package dev.slipway.cli;

import dev.slipway.files.FileStatus;
import dev.slipway.files.os.FileTree;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The folder for temporary files of one process, with a file in it that is locked for as long as
 * the process lives. By that, what was left by one that was killed is known, and deleted when the
 * next makes its own.
 *
 * @param path where it is
 * @param lock to be closed when the folder has been deleted
 */
record SessionFolder(Path path, Closeable lock) {
  private static final String PREFIX = "slipway-session.";
  private static final String LOCK = "lock";

  /**
   * Makes one in {@code parent}, in which nobody else can look.
   *
   * @throws IOException if it cannot be made
   */
  static SessionFolder create(Path parent) throws IOException {
    while (true) {
      // The JDK's own names for temporary folders are secret, and take their time.
      Path path = parent.resolve(PREFIX + Long.toHexString(System.nanoTime()));
      try {
        Files.createDirectory(
            path,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        continue; // Another process has that name.
      }
      try {
        FileChannel lock =
            FileChannel.open(
                path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        if (lock.tryLock() != null) {
          deleteStale(parent, path);
          return new SessionFolder(path, lock);
        }
        lock.close();
      } catch (NoSuchFileException e) {
        // Another process has just taken it for a stale one.
      }
    }
  }

  private static void deleteStale(Path parent, Path own) {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, PREFIX + "*")) {
      int user = FileStatus.of(own).uid();
      for (Path folder : folders) {
        FileStatus status = FileStatus.of(folder);
        // In a folder of somebody else, names may lead anywhere.
        if (!folder.equals(own) && status.isDirectory() && status.uid() == user) {
          deleteIfStale(folder);
        }
      }
    } catch (IOException e) {
      // The next process tries again.
    }
  }

  private static void deleteIfStale(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    try (FileChannel lock =
        FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      if (lock.tryLock() != null) {
        FileTree.delete(folder);
      }
    } catch (OverlappingFileLockException e) {
      // It is in use by this very process.
    } catch (NoSuchFileException e) {
      Files.deleteIfExists(folder); // Killed before there was a lock; else it is not empty.
    }
  }
}
