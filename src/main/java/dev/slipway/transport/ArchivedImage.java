package dev.slipway.transport;

import java.util.List;

/**
 * An image of an archive, its layers verified.
 *
 * @param repoTags its names, each with a tag; from an OCI layout perhaps only a name or only a tag
 * @param config its config
 * @param layers its layers from the bottom
 */
public record ArchivedImage(
    List<String> repoTags, ConfigDocument config, List<ArchivedLayer> layers) {
  /** Takes copies. */
  public ArchivedImage {
    repoTags = List.copyOf(repoTags);
    layers = List.copyOf(layers);
  }
}
