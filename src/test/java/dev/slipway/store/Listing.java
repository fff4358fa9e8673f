package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A tree as lines that people can read: {@code name/}, {@code name -> target}, {@code name: text}.
 */
final class Listing {
  private Listing() {}

  static List<String> of(Path root) throws IOException {
    List<String> lines = new ArrayList<>();
    add(root, "", lines);
    return lines;
  }

  private static void add(Path path, String name, List<String> lines) throws IOException {
    FileStatus status = FileStatus.of(path);
    switch (status.kind()) {
      case DIRECTORY -> {
        if (!name.isEmpty()) {
          lines.add(name + "/");
        }
        for (DirectoryEntry entry : DirectoryEntry.list(path)) {
          String below = name.isEmpty() ? "" : name + "/";
          add(entry.path(), below + entry.name(), lines);
        }
      }
      case SYMLINK -> lines.add(name + " -> " + RawName.linkTarget(path));
      case REGULAR ->
          lines.add(
              name
                  + ((status.mode() & 0100) == 0 ? ": " : "*: ")
                  + Files.readString(path).replace("\n", "⏎"));
      default -> throw new IllegalStateException(path + " is a " + status.kind());
    }
  }
}
