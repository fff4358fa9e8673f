package dev.slipway.cli;

import dev.slipway.oci.ImageException;
import dev.slipway.store.StorePath;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A store object as it is named on the command line. */
final class StoreArgument {
  /** As many links as Linux follows on the way to one file (path_resolution(7)). */
  private static final int MOST_LINKS = 40;

  private StoreArgument() {}

  /**
   * The store object that {@code argument} is, lies in, or leads to through symbolic links. As in
   * Nix they are followed up to the logical store directory, which need not be there.
   *
   * @throws ImageException if it leads to no place in the store
   * @throws IOException if it leads nowhere
   */
  static StorePath path(String argument, String storeDir) throws IOException {
    try {
      return StorePath.containing(
          storeDir, argument.startsWith(storeDir + "/") ? argument : followed(argument, storeDir));
    } catch (IllegalArgumentException e) {
      throw new ImageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static String followed(String argument, String storeDir) throws IOException {
    Path store = Path.of(storeDir);
    Path start = Path.of(argument).toAbsolutePath();
    Deque<Path> left = new ArrayDeque<>(names(start));
    Path at = start.getRoot();
    int links = 0;
    while (!left.isEmpty()) {
      Path name = left.remove();
      Path next = at.resolve(name);
      if (name.toString().equals("..")) {
        at = at.getParent() == null ? at : at.getParent();
      } else if (at.equals(store)) {
        return next.toString();
      } else if (!next.equals(store) && Files.isSymbolicLink(next)) {
        if (++links > MOST_LINKS) {
          throw new FileSystemLoopException(argument);
        }
        Path target = Files.readSymbolicLink(next);
        at = target.isAbsolute() ? target.getRoot() : at;
        names(target).reversed().forEach(left::addFirst);
      } else {
        at = next;
      }
    }
    return at.equals(store) ? at.toString() : at.toRealPath().toString();
  }

  /** The names in {@code path}, but for those that stay where they are. */
  private static List<Path> names(Path path) {
    List<Path> names = new ArrayList<>();
    for (Path name : path) {
      if (!name.toString().isEmpty() && !name.toString().equals(".")) {
        names.add(name);
      }
    }
    return names;
  }
}
