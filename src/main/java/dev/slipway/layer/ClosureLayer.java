package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.List;
import java.util.function.Predicate;

/**
 * Store paths as dockerTools' {@code buildImage} appends them to a layer with {@code tar -r}: names
 * without their leading slash, everything owned by root, and each file, sorted by the bytes of its
 * whole path, a member of its own. So {@code a}, {@code a-b} and {@code a/b} stand in this order,
 * which is not that of a walk through directories.
 *
 * @param storeDir the store's directory as the image sees it, such as {@code /nix/store}
 * @param withStoreDir whether the directories that lead to the store come first, closed to writing
 * @param roots the store paths
 * @param leftOut whether a path, without its leading slash, is to be left out
 * @param mtime every member's time of last modification in seconds since 1970
 */
public record ClosureLayer(
    String storeDir,
    boolean withStoreDir,
    List<StoreLayer.Root> roots,
    Predicate<RawName> leftOut,
    long mtime)
    implements LayerRecipe {
  /** Copies the list. */
  public ClosureLayer {
    roots = List.copyOf(roots);
  }
}
