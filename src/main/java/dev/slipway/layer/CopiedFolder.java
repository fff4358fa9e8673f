package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.layer.StoreLinks.Place;
import dev.slipway.oci.ImageException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A directory that things are copied to: what {@code rsync} does to its destination. */
final class CopiedFolder {
  private static final RawName HERE = RawName.of(".");
  private static final RawName PARENT = RawName.of("..");

  private final @Nullable CopiedFolder parent;
  private final SortedMap<RawName, Entry> entries = new TreeMap<>();

  /** The permission bits. */
  int mode;

  /** What is in a directory. */
  private sealed interface Entry {}

  private record Leaf(TreeNode node) implements Entry {}

  private record Folder(CopiedFolder folder) implements Entry {}

  /** An empty directory in {@code parent}; null for the top. */
  CopiedFolder(@Nullable CopiedFolder parent, int mode) {
    this.parent = parent;
    this.mode = mode;
  }

  /**
   * The directory that the directory {@code source} is copied to: the one that is there, or that a
   * link leads to which is there, or a new one in the place of whatever else is there.
   *
   * @param throughLinks whether links are to be followed
   * @throws ImageException if one leads out of the tree
   */
  CopiedFolder directory(Place source, int newMode, boolean throughLinks) throws ImageException {
    RawName name = source.names().getLast();
    CopiedFolder found =
        switch (entries.get(name)) {
          case Folder(CopiedFolder folder) -> folder;
          case Leaf(TreeNode.Symlink link) when throughLinks -> follow(link.target(), source);
          case null, default -> null;
        };
    if (found == null) {
      found = new CopiedFolder(this, newMode);
      entries.put(name, new Folder(found));
    }
    found.mode = newMode;
    return found;
  }

  /** The directory that a link in this one leads to; null if it leads to none. */
  private @Nullable CopiedFolder follow(RawName target, Place source) throws ImageException {
    CopiedFolder at = this;
    Deque<RawName> left = new ArrayDeque<>();
    RawName next = target;
    for (int links = 0; links <= StoreLinks.MOST; links++) {
      if (StoreLinks.isAbsolute(next)) {
        throw leaves(source, target);
      }
      StoreLinks.split(next).reversed().forEach(left::addFirst);
      RawName link = null;
      while (link == null && !left.isEmpty()) {
        RawName name = left.remove();
        if (name.equals(PARENT)) {
          if (at.parent == null) {
            throw leaves(source, target);
          }
          at = at.parent;
        } else if (!name.equals(HERE)) {
          switch (at.entries.get(name)) {
            case Folder(CopiedFolder folder) -> at = folder;
            case Leaf(TreeNode.Symlink symlink) -> link = symlink.target();
            case null, default -> {
              return null;
            }
          }
        }
      }
      if (link == null) {
        return at;
      }
      next = link;
    }
    return null;
  }

  private static ImageException leaves(Place source, RawName target) {
    return new ImageException(
        source + " would be copied through a link that leads out of the image: " + target);
  }

  /**
   * Puts a file, the copy of {@code source}, in the place of what is there.
   *
   * @throws ImageException if that is a directory that is not empty
   */
  void put(Place source, TreeNode node) throws ImageException {
    RawName name = source.names().getLast();
    if (entries.get(name) instanceof Folder(CopiedFolder folder) && !folder.entries.isEmpty()) {
      throw new ImageException(
          source + " would replace a directory that is not empty, which only a directory may");
    }
    entries.put(name, new Leaf(node));
  }

  /**
   * The tree, all of it owned by these. Nothing is left here, so that memory holds it only once.
   */
  TreeNode.Directory freeze(long uid, long gid) {
    SortedMap<RawName, TreeNode> children = new TreeMap<>();
    entries.forEach((name, entry) ->
        children.put(
            name,
            switch (entry) {
              case Leaf(TreeNode node) -> node;
              case Folder(CopiedFolder folder) -> folder.freeze(uid, gid);
            }));
    entries.clear();
    return new TreeNode.Directory(mode, uid, gid, children);
  }
}
