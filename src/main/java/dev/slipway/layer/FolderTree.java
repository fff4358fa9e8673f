package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Reads folders as trees, as {@code tar --sort=name --hard-dereference .} sees them: real modes,
 * fifos and device nodes by their numbers, each name of a file with its own copy of the content.
 * Contents stay where they are; should one change before it is written, writing fails.
 *
 * @param uid the number of whom everything belongs to
 * @param gid their group's number
 * @param warnings is told of each socket, which a tar cannot hold
 */
public record FolderTree(long uid, long gid, Consumer<String> warnings) {
  /**
   * What is in {@code folder} now.
   *
   * @throws ImageException if it is no directory, or if a directory in it may not be read
   * @throws IOException if it cannot be read
   */
  public TreeNode.Directory read(Path folder) throws IOException {
    if (node(folder, status(folder)) instanceof TreeNode.Directory directory) {
      return directory;
    }
    throw new ImageException(folder + " is not a directory");
  }

  private TreeNode node(Path path, FileSummary status) throws IOException {
    return switch (status.kind()) {
      case DIRECTORY -> new TreeNode.Directory(status.mode(), uid, gid, children(path));
      case SYMLINK -> new TreeNode.Symlink(uid, gid, RawName.linkTarget(path));
      default -> leaf(path, status, uid, gid);
    };
  }

  /** What is neither a directory nor a link. */
  static TreeNode leaf(Path path, FileSummary status, long uid, long gid) {
    int mode = status.mode();
    return switch (status.kind()) {
      case REGULAR ->
          new TreeNode.Regular(
              mode, uid, gid, new SourceFile(path, status.size(), status.modified()));
      case FIFO -> new TreeNode.Fifo(mode, uid, gid);
      case CHARACTER_DEVICE, BLOCK_DEVICE ->
          new TreeNode.Device(
              status.kind() == FileStatus.Kind.BLOCK_DEVICE,
              mode,
              uid,
              gid,
              Devices.major(status.rdev()),
              Devices.minor(status.rdev()));
      case DIRECTORY, SYMLINK, SOCKET -> throw new IllegalArgumentException("no leaf: " + path);
    };
  }

  private SortedMap<RawName, TreeNode> children(Path directory) throws IOException {
    SortedMap<RawName, TreeNode> children = new TreeMap<>();
    try {
      for (DirectoryEntry entry : DirectoryEntry.list(directory)) {
        FileSummary status = status(entry.path());
        if (status.kind() == FileStatus.Kind.SOCKET) {
          warnings.accept(entry.path() + " is a socket and was skipped");
        } else {
          children.put(entry.name(), node(entry.path(), status));
        }
      }
    } catch (AccessDeniedException e) {
      throw new ImageException(directory + " cannot be read: permission denied", e);
    }
    return children;
  }

  private static FileSummary status(Path path) throws IOException {
    try {
      return FileSummary.of(path);
    } catch (NoSuchFileException e) {
      throw new ImageException(path + " does not exist", e);
    }
  }
}
