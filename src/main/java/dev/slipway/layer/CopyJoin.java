package dev.slipway.layer;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import dev.slipway.layer.StoreLinks.Destination;
import dev.slipway.layer.StoreLinks.Place;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/**
 * Copies directories of a store over one another into one tree, as dockerTools' {@code buildImage}
 * does by running {@code rsync -a} for each, without copying anything: files are read from where
 * they lie. Where two have the same name, directories are joined, and else the last stays; only
 * that nothing but a directory may take the place of one that is not empty.
 */
public final class CopyJoin {
  private final StoreLinks links;
  private final DirectoryLinks directoryLinks;
  private final long uid;
  private final long gid;
  private final Consumer<String> warnings;

  /** What becomes of symbolic links that lead to directories. */
  public enum DirectoryLinks {
    /**
     * They become the directories they lead to, if these are in the store ({@code rsync
     * --copy-dirlinks}).
     */
    COPIED,
    /**
     * They stay links, and a later directory of their name is copied to where they lead ({@code
     * rsync --keep-dirlinks}).
     */
    KEPT
  }

  /**
   * Joins the directories of a store.
   *
   * @param storeDir the store's directory as the image sees it, such as {@code /nix/store}
   * @param objects tells where those objects lie that links may lead to
   * @param directoryLinks what becomes of symbolic links that lead to directories
   * @param uid the number of whom all files of the tree belong to
   * @param gid their group's number
   * @param warnings is told of each socket, which a tar cannot hold
   */
  public CopyJoin(
      String storeDir,
      LinkJoin.Objects objects,
      DirectoryLinks directoryLinks,
      long uid,
      long gid,
      Consumer<String> warnings) {
    this.links = new StoreLinks(storeDir, objects);
    this.directoryLinks = directoryLinks;
    this.uid = uid;
    this.gid = gid;
    this.warnings = warnings;
  }

  /** A directory that is copied: its place as the image sees it, and where it lies. */
  private record Source(Place place, Path location, int mode) {
    static Source of(Destination.Inside directory) {
      return new Source(directory.place(), directory.location(), directory.status().mode());
    }
  }

  /**
   * Joins directories. The tree's own mode is that of the last, writable for owner and group.
   *
   * @param items their paths as the image sees them, below the store's directory; symbolic links on
   *     the way to them are followed
   * @throws ImageException if one is no directory, or leads out of the store; if something would
   *     replace a directory that is not empty; or if a symbolic link leads to a directory that it
   *     lies in, or, where links are kept, a directory to outside of the tree
   */
  public TreeNode.Directory join(List<String> items) throws IOException {
    CopiedFolder root = new CopiedFolder(null, 0755);
    for (String item : items) {
      Source source = Source.of(links.directory(item));
      root.mode = source.mode();
      new Copy(item).copy(source, root);
    }
    root.mode |= 0220;
    return root.freeze(uid, gid);
  }

  /** The copying of one item. */
  private final class Copy {
    private final String item;
    private final Deque<Place> entered = new ArrayDeque<>();

    Copy(String item) {
      this.item = item;
    }

    void copy(Source from, CopiedFolder to) throws IOException {
      entered.push(from.place());
      for (DirectoryEntry entry : list(from)) {
        FileSummary status = FileSummary.of(entry.path());
        Place place = from.place().child(entry.name());
        switch (status.kind()) {
          case DIRECTORY -> enter(new Source(place, entry.path(), status.mode()), to, place);
          case SYMLINK -> link(from, entry, place, to);
          case SOCKET -> warnings.accept(place + " is a socket and was skipped");
          default -> to.put(place, FolderTree.leaf(entry.path(), status, uid, gid));
        }
      }
      entered.pop();
    }

    private void enter(Source source, CopiedFolder to, Place place) throws IOException {
      copy(source, to.directory(place, source.mode(), directoryLinks == DirectoryLinks.KEPT));
    }

    private void link(Source from, DirectoryEntry entry, Place place, CopiedFolder to)
        throws IOException {
      RawName target = RawName.linkTarget(entry.path());
      if (directoryLinks == DirectoryLinks.COPIED) {
        switch (links.follow(from.place(), target)) {
          case Destination.Inside inside when inside.status().isDirectory() -> {
            if (entered.stream().anyMatch(inside.place()::holds)) {
              throw contains(place, target);
            }
            enter(Source.of(inside), to, place);
            return;
          }
          case Destination.Nowhere.STORE -> throw contains(place, target);
          default -> {}
        }
      }
      to.put(place, new TreeNode.Symlink(uid, gid, target));
    }

    private ImageException contains(Place place, RawName target) {
      return new ImageException(
          item + ": the link " + place + " leads to a directory that contains it: " + target);
    }
  }

  private static List<DirectoryEntry> list(Source directory) throws IOException {
    try {
      return DirectoryEntry.list(directory.location());
    } catch (AccessDeniedException e) {
      throw new ImageException(directory.place() + " cannot be read: permission denied", e);
    }
  }
}
