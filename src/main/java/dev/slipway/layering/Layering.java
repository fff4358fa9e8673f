package dev.slipway.layering;

import dev.slipway.oci.ImageException;
import dev.slipway.store.StorePath;
import java.util.List;

/**
 * A way to split a closure into layers. The result depends on the input's values alone: not on the
 * order in which they were found, nor on the machine.
 */
public interface Layering {
  /**
   * The groups of store paths, none of them empty, in the order of their layers from the lowest up.
   * No path is in two groups.
   *
   * @param budget how many groups there may be, at least 1
   * @throws ImageException if the closure does not have what the layering asks for
   * @throws IllegalArgumentException if {@code budget} is less than 1
   */
  List<List<StorePath>> partition(LayeringInput input, int budget) throws ImageException;
}
