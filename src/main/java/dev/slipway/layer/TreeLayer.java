package dev.slipway.layer;

/**
 * A layer that is a tree in memory, written as GNU tar would write it from disk: names that begin
 * with {@code ./}.
 *
 * @param root the top directory
 * @param dialect how it is written, and what owners are called
 * @param mtime every member's time of last modification in seconds since 1970
 */
public record TreeLayer(TreeNode.Directory root, TarDialect.Gnu dialect, long mtime)
    implements LayerRecipe {
  /** A layer whose owners are numbers only. */
  public TreeLayer(TreeNode.Directory root, long mtime) {
    this(root, TarDialect.GNU_NUMERIC, mtime);
  }
}
