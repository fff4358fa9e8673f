package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Directories copied over one another, as {@code cp -r} does: of several files of one name the last
 * one counts, and directories of one name are made one.
 */
final class CopiedTrees {
  private final SortedMap<RawName, List<DirectoryEntry>> entries = new TreeMap<>();

  /**
   * Adds what {@code directory} holds.
   *
   * @param hidden whether what begins with a dot is taken too
   */
  void add(Path directory, boolean hidden) throws IOException {
    for (DirectoryEntry entry : DirectoryEntry.list(directory)) {
      if (hidden || entry.name().at(0) != '.') {
        entries.computeIfAbsent(entry.name(), _ -> new ArrayList<>()).add(entry);
      }
    }
  }

  /**
   * The directory that has all of it.
   *
   * @throws ImageException if a directory and something else have one name
   */
  NarNode.Directory toNode() throws IOException {
    SortedMap<RawName, NarNode> nodes = new TreeMap<>();
    for (List<DirectoryEntry> sameName : entries.values()) {
      nodes.put(sameName.getFirst().name(), node(sameName));
    }
    return new NarNode.Directory(nodes);
  }

  private static NarNode node(List<DirectoryEntry> sameName) throws IOException {
    DirectoryEntry last = sameName.getLast();
    if (sameName.size() == 1) {
      return new NarNode.OnDisk(last.path());
    }
    boolean directory = isDirectory(last);
    CopiedTrees below = new CopiedTrees();
    for (DirectoryEntry entry : sameName) {
      if (isDirectory(entry) != directory) {
        throw new ImageException(
            "cannot copy "
                + last.path()
                + " over "
                + entry.path()
                + ": only one of them is a directory");
      }
      if (directory) {
        below.add(entry.path(), true);
      }
    }
    return directory ? below.toNode() : new NarNode.OnDisk(last.path());
  }

  private static boolean isDirectory(DirectoryEntry entry) throws IOException {
    return FileStatus.of(entry.path()).kind() == FileStatus.Kind.DIRECTORY;
  }
}
