package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Joins directories as X.Org's {@code lndir} does, one after the other: directories are made,
 * symbolic links copied, and for a file there is an absolute link to it. What is there already
 * stays. Folders of version control and names that end in {@code ~} are left out.
 */
final class LinkFarm {
  private static final Set<String> LEFT_OUT =
      Set.of("RCS", "SCCS", "CVS", "CVS.adm", ".svn", ".git", ".hg", "BitKeeper");

  private final MutableTree tree = new MutableTree();

  private LinkFarm() {}

  /**
   * The join of {@code directories}, which are logical paths in {@code store}.
   *
   * @throws ImageException if one of them is no directory
   */
  static NarNode.Directory of(Store store, List<String> directories) throws IOException {
    StoreFiles files = new StoreFiles(store);
    LinkFarm farm = new LinkFarm();
    for (String directory : directories) {
      RawName path = RawName.of(directory);
      Optional<Path> real = files.real(path);
      if (real.isEmpty() || !Files.isDirectory(real.get())) {
        throw new ImageException("cannot join " + directory + ": it is not a directory");
      }
      join(real.get(), path, farm.tree);
    }
    return farm.tree.toNode();
  }

  private static void join(Path from, RawName logical, MutableTree to) throws IOException {
    for (DirectoryEntry entry : DirectoryEntry.list(from)) {
      RawName name = entry.name();
      if (name.at(name.length() - 1) == '~') {
        continue;
      }
      switch (FileStatus.of(entry.path()).kind()) {
        case DIRECTORY -> {
          MutableTree below = LEFT_OUT.contains(name.toString()) ? null : to.directory(name);
          if (below != null) {
            join(entry.path(), child(logical, name), below);
          }
        }
        case SYMLINK -> to.putIfAbsent(name, new NarNode.Symlink(RawName.linkTarget(entry.path())));
        default -> to.putIfAbsent(name, new NarNode.Symlink(child(logical, name)));
      }
    }
  }

  /** The path of {@code name} in {@code directory}. */
  static RawName child(RawName directory, RawName name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(directory.toBytes());
    bytes.write('/');
    bytes.writeBytes(name.toBytes());
    return RawName.ofBytes(bytes.toByteArray());
  }
}
