package dev.slipway.build;

import dev.slipway.files.RawName;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.ImageException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds and replaces files of trees by their paths, which have no slash at either end.
 *
 * @param uid the owner's number of directories that are made
 * @param gid their group's number
 */
record TreePaths(long uid, long gid) {
  private static final int FOLDER_MODE = 0755;

  /** What {@code tree} has at {@code path}, no link being followed. */
  static @Nullable TreeNode find(TreeNode.Directory tree, String path) {
    TreeNode at = tree;
    for (String name : path.split("/", -1)) {
      if (!(at instanceof TreeNode.Directory directory)) {
        return null;
      }
      at = directory.children().get(RawName.of(name));
    }
    return at;
  }

  /**
   * The tree with {@code node}, which is no directory, at {@code path}.
   *
   * @throws ImageException if there is a directory, or something else on the way to it
   */
  TreeNode.Directory put(TreeNode.Directory tree, String path, TreeNode node)
      throws ImageException {
    return put(tree, "", List.of(path.split("/", -1)), Optional.of(node));
  }

  /**
   * The tree with a directory at {@code path}; one that is there stays as it is.
   *
   * @throws ImageException if something else is there, or on the way
   */
  TreeNode.Directory folder(TreeNode.Directory tree, String path) throws ImageException {
    return put(tree, "", List.of(path.split("/", -1)), Optional.empty());
  }

  private TreeNode.Directory put(
      TreeNode.Directory tree, String above, List<String> path, Optional<TreeNode> node)
      throws ImageException {
    RawName name = RawName.of(path.getFirst());
    String here = above + "/" + path.getFirst();
    SortedMap<RawName, TreeNode> children = new TreeMap<>(tree.children());
    List<String> rest = path.subList(1, path.size());
    if (rest.isEmpty() && node.isPresent()) {
      if (children.put(name, node.get()) instanceof TreeNode.Directory) {
        throw new ImageException(here + " is a directory");
      }
    } else {
      TreeNode known = children.get(name);
      TreeNode.Directory folder =
          switch (known) {
            case null -> new TreeNode.Directory(FOLDER_MODE, uid, gid, new TreeMap<>());
            case TreeNode.Directory directory -> directory;
            default -> throw new ImageException(here + " is no directory");
          };
      children.put(name, rest.isEmpty() ? folder : put(folder, here, rest, node));
    }
    return new TreeNode.Directory(tree.mode(), tree.uid(), tree.gid(), tree.xattrs(), children);
  }
}
