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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Joins directories of a store into one tree of symbolic links, as nixpkgs' {@code symlinkJoin}
 * does by running X.Org's {@code lndir} for each: directories become directories, symbolic links
 * are copied, anything else becomes a link to it. Where two have the same name the first stays,
 * unless both are directories. Directories of version control systems and names that end in {@code
 * ~} are left out.
 */
public final class LinkJoin {
  private static final Set<RawName> REVISION_CONTROL =
      Set.of(
          RawName.of("RCS"),
          RawName.of("SCCS"),
          RawName.of("CVS"),
          RawName.of("CVS.adm"),
          RawName.of(".svn"),
          RawName.of(".git"),
          RawName.of(".hg"),
          RawName.of("BitKeeper"));
  private static final RawName SLASH = RawName.of("/");

  private final StoreLinks links;
  private final Consumer<String> conflicts;

  /** Tells where the objects of a store lie. */
  @FunctionalInterface
  public interface Objects {
    /**
     * Where {@code storePath}, a name directly below the store's directory, lies on this machine.
     *
     * @throws java.nio.file.NoSuchFileException if the store has no such object
     * @throws IOException if that cannot be found out
     */
    Path locate(String storePath) throws IOException;
  }

  /**
   * Joins the directories of a store.
   *
   * @param storeDir the store's directory as the image sees it, such as {@code /nix/store}
   * @param objects tells where its objects lie
   * @param conflicts is told of each file that is left out because an earlier one has its name
   */
  public LinkJoin(String storeDir, Objects objects, Consumer<String> conflicts) {
    this.links = new StoreLinks(storeDir, objects);
    this.conflicts = conflicts;
  }

  /** A file that is joined: its path as the image sees it, and where it lies. */
  private record Source(RawName path, Path location) {}

  /**
   * Joins directories.
   *
   * @param contents their paths as the image sees them, below the store's directory; symbolic links
   *     in them are followed inside the store, but the links that are made begin with these paths
   * @throws ImageException if one is no directory, or leads out of the store
   */
  public TreeNode.Directory join(List<String> contents) throws IOException {
    List<Source> sources = new ArrayList<>();
    for (String content : contents) {
      sources.add(new Source(RawName.of(content), links.directory(content).location()));
    }
    return merge(sources);
  }

  private TreeNode.Directory merge(List<Source> sources) throws IOException {
    Map<RawName, List<Source>> directories = new HashMap<>();
    SortedMap<RawName, TreeNode> children = new TreeMap<>();
    for (Source source : sources) {
      RawName prefix = endsIn(source.path(), '/') ? source.path() : source.path().append(SLASH);
      for (DirectoryEntry entry : list(source)) {
        RawName name = entry.name();
        Source found = new Source(prefix.append(name), entry.path());
        FileSummary status = status(entry.path(), found.path());
        if (endsIn(name, '~') || (status.isDirectory() && REVISION_CONTROL.contains(name))) {
          continue;
        }
        List<Source> alike = directories.get(name);
        if (alike != null && status.isDirectory()) {
          alike.add(found);
        } else if (alike != null || children.containsKey(name)) {
          conflicts.accept(found.path() + " is left out: an earlier content has that name");
        } else if (status.isDirectory()) {
          directories.put(name, new ArrayList<>(List.of(found)));
        } else {
          children.put(name, new TreeNode.Symlink(0, 0, target(found, status)));
        }
      }
    }
    for (Map.Entry<RawName, List<Source>> directory : directories.entrySet()) {
      children.put(directory.getKey(), merge(directory.getValue()));
    }
    return new TreeNode.Directory(0755, 0, 0, children);
  }

  private static RawName target(Source file, FileSummary status) throws IOException {
    return status.kind() == FileStatus.Kind.SYMLINK
        ? RawName.linkTarget(file.location())
        : file.path();
  }

  private static boolean endsIn(RawName name, char last) {
    return name.length() > 0 && name.at(name.length() - 1) == last;
  }

  private static List<DirectoryEntry> list(Source directory) throws IOException {
    try {
      return DirectoryEntry.list(directory.location());
    } catch (AccessDeniedException e) {
      throw new ImageException(directory.path() + " cannot be read: permission denied", e);
    }
  }

  private static FileSummary status(Path path, Object shown) throws IOException {
    try {
      return FileSummary.of(path);
    } catch (NoSuchFileException e) {
      throw new ImageException(shown + " does not exist", e);
    } catch (AccessDeniedException e) {
      throw new ImageException(shown + " cannot be read: permission denied", e);
    }
  }
}
