package dev.slipway.sandbox;

import dev.slipway.layer.TreeNode;
import java.io.Closeable;
import java.io.IOException;

/**
 * What a script has left, whiteouts included, as they stand in a layer. Names and attributes are in
 * memory; contents lie in temporary files until it is closed.
 */
public final class Changeset implements Closeable {
  private final TreeNode.Directory tree;
  private final Closeable contents;

  /**
   * What a script has left.
   *
   * @param contents has what the contents of the tree lie in deleted when it is closed
   */
  Changeset(TreeNode.Directory tree, Closeable contents) {
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
    contents.close();
  }
}
