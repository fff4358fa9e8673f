package dev.slipway.build;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import java.util.List;

/**
 * What there is to say of an image that was written.
 *
 * @param name the name that it is tagged with
 * @param tag its tag
 * @param configDigest the digest of its config, which Docker calls the image's id
 * @param layers its layers from the bottom
 */
public record BuiltImage(String name, String tag, Digest configDigest, List<BuiltLayer> layers) {
  /** Takes a copy. */
  public BuiltImage {
    layers = List.copyOf(layers);
  }

  /**
   * A layer.
   *
   * @param diffId its diff ID
   * @param size the size of its uncompressed tar in bytes
   * @param entries how many members that tar has
   * @param paths the store paths in it: none for the customisation layer and those of a base image
   */
  public record BuiltLayer(DiffId diffId, long size, long entries, List<String> paths) {
    /** Takes a copy. */
    public BuiltLayer {
      paths = List.copyOf(paths);
    }
  }
}
