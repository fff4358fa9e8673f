package dev.slipway.layering;

import dev.slipway.oci.ImageException;

/**
 * How many layers an image may have, and how many of them its base image takes.
 *
 * @param maxLayers the most that the image may have in all
 * @param baseLayers those of the base image; 0 without one
 */
public record LayerBudget(int maxLayers, int baseLayers) {
  /** Refuses a negative count of base layers. */
  public LayerBudget {
    if (baseLayers < 0) {
      throw new IllegalArgumentException("a base image cannot have " + baseLayers + " layers");
    }
  }

  /**
   * How many layers are left for store paths, at least 1: one is the customisation layer's.
   *
   * @throws ImageException if none is left
   */
  public int storeLayers() throws ImageException {
    long needed = baseLayers + 2L;
    if (maxLayers < needed) {
      throw new ImageException(
          "maxLayers is %d, but at least %d are needed: %s1 for store paths and 1 for the customisation layer"
              .formatted(
                  maxLayers, needed, baseLayers == 0 ? "" : baseLayers + " of the base image, "));
    }
    return maxLayers - baseLayers - 1;
  }

  /** Refuses a number of layers for store paths that {@link #storeLayers} never gives. */
  static void requireRoom(int storeLayers) {
    if (storeLayers < 1) {
      throw new IllegalArgumentException("expected room for at least 1 layer, got " + storeLayers);
    }
  }
}
