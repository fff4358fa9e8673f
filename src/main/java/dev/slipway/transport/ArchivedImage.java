package dev.slipway.transport;

import java.util.List;
import java.util.Optional;

/**
 * An image of an archive, its layers verified.
 *
 * @param repoTags its names, each with a tag; from an OCI layout perhaps only a name or only a tag
 * @param config its config
 * @param layers its layers from the bottom
 * @param manifest the manifest that an OCI layout has of it
 */
public record ArchivedImage(
    List<String> repoTags,
    ConfigDocument config,
    List<ArchivedLayer> layers,
    Optional<ManifestDocument> manifest) {
  /** Takes copies. */
  public ArchivedImage {
    repoTags = List.copyOf(repoTags);
    layers = List.copyOf(layers);
  }
}
