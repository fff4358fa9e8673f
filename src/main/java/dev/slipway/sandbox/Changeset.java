package dev.slipway.sandbox;

import dev.slipway.files.os.FileTree;
import dev.slipway.layer.TreeNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a script has left, whiteouts included, as they stand in a layer. Names and attributes are in
 * memory; contents lie in temporary files until it is closed.
 */
public final class Changeset implements Closeable {
  private final TreeNode.Directory tree;
  private final Path contents;

  /**
   * What a script has left.
   *
   * @param contents the folder, owned by the changeset, where the contents of the tree lie
   */
  Changeset(TreeNode.Directory tree, Path contents) {
    this.tree = tree;
    this.contents = contents;
  }

  /** The top directory of it all. */
  public TreeNode.Directory tree() {
    return tree;
  }

  /**
   * Deletes the contents.
   *
   * @throws IOException if that fails
   */
  @Override
  public void close() throws IOException {
    FileTree.delete(contents);
  }
}
