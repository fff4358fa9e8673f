package dev.slipway.layer;

/**
 * A layer that is a tree in memory, written as GNU tar would write it from disk: names that begin
 * with {@code ./}, owners as numbers only.
 *
 * @param root the top directory
 * @param mtime every member's time of last modification in seconds since 1970
 */
public record TreeLayer(TreeNode.Directory root, long mtime) implements LayerRecipe {}
