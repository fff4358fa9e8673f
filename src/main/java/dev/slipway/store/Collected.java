package dev.slipway.store;

import java.util.List;

/**
 * What a collection deleted.
 *
 * @param paths the paths that were valid until then, in order
 * @param bytes the size of all files that were deleted, those of no valid path among them
 */
public record Collected(List<StorePath> paths, long bytes) {
  /** Takes a copy of the paths. */
  public Collected {
    paths = List.copyOf(paths);
  }
}
