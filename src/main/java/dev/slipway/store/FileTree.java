package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Takes trees away, objects with their read-only directories among them. */
final class FileTree {
  private FileTree() {}

  /**
   * Deletes {@code path} and all below it, if it is there.
   *
   * @return the size of its files in bytes
   * @throws IOException if something is left
   */
  static long delete(Path path) throws IOException {
    FileStatus status;
    try {
      status = FileStatus.of(path);
    } catch (NoSuchFileException e) {
      return 0;
    }
    long bytes = status.isDirectory() ? 0 : status.size();
    if (status.isDirectory()) {
      if ((status.mode() & 0700) != 0700) {
        makeWritable(path);
      }
      for (DirectoryEntry entry : DirectoryEntry.list(path)) {
        bytes += delete(entry.path());
      }
    }
    Files.deleteIfExists(path);
    return bytes;
  }

  static void makeWritable(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
