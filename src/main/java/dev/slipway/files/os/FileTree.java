package dev.slipway.files.os;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Takes trees away, whatever modes their directories have. */
public final class FileTree {
  /** How far below its root a directory may lie; half of what Linux takes for a path. */
  private static final int LONGEST = 2048;

  private FileTree() {}

  /**
   * Deletes {@code path} and all below it, if it is there, however deep. Others may be deleting it
   * too.
   *
   * @return the size in bytes of what was deleted, directories not counted
   * @throws IOException if something is left
   */
  public static long delete(Path path) throws IOException {
    Deletion deletion = new Deletion(path);
    long bytes = deletion.delete(path);
    for (Path next = deletion.moved.poll(); next != null; next = deletion.moved.poll()) {
      bytes += deletion.delete(next);
    }
    Files.deleteIfExists(path);
    return bytes;
  }

  /** One tree that is being deleted. */
  private static final class Deletion {
    final Path root;

    /** Directories that lay too deep for a path, and were moved to the root. */
    final Deque<Path> moved = new ArrayDeque<>();

    private int count;

    Deletion(Path root) {
      this.root = root;
    }

    long delete(Path path) throws IOException {
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
      List<DirectoryEntry> entries = open(path, status);
      if (path.toString().length() - root.toString().length() > LONGEST) {
        moved.add(Files.move(path, place(), StandardCopyOption.ATOMIC_MOVE));
        return 0;
      }
      long bytes = 0;
      for (DirectoryEntry entry : entries) {
        bytes += delete(entry.path());
      }
      if (!path.equals(root)) {
        Files.deleteIfExists(path);
      }
      return bytes;
    }

    /** Somewhere in the root where nothing is. */
    private Path place() {
      while (true) {
        Path place = root.resolve("deep-" + count++);
        if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
          return place;
        }
      }
    }
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
