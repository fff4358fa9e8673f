package dev.slipway.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Takes trees away, whatever modes their directories have. */
public final class FileTree {
  private FileTree() {}

  /**
   * Deletes {@code path} and all below it, if it is there. Others may be deleting it too.
   *
   * @return the size in bytes of what was deleted, directories not counted
   * @throws IOException if something is left
   */
  public static long delete(Path path) throws IOException {
    FileStatus status;
    try {
      status = FileStatus.of(path);
    } catch (NoSuchFileException e) {
      return 0;
    }
    if (!status.isDirectory()) {
      Files.deleteIfExists(path);
      return status.size();
    }
    long bytes = 0;
    for (DirectoryEntry entry : open(path, status)) {
      bytes += delete(entry.path());
    }
    Files.deleteIfExists(path);
    return bytes;
  }

  private static List<DirectoryEntry> open(Path directory, FileStatus status) throws IOException {
    try {
      if ((status.mode() & 0700) != 0700) {
        makeWritable(directory);
      }
      return DirectoryEntry.list(directory);
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Lets the owner of {@code directory} list, change and enter it.
   *
   * @throws IOException if the caller is not its owner
   */
  public static void makeWritable(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
