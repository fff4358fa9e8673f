package dev.slipway.transport;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.RepositoryName;
import java.util.Optional;

/**
 * An image in a registry, for one platform.
 *
 * @param repository where it is
 * @param manifest what it is made of
 */
public record RegistryImage(RepositoryName repository, ImageManifest manifest) {
  /** The digest of its manifest. */
  public Digest digest() {
    return manifest.digest();
  }

  /** What leads to it and nothing else. */
  public ImageReference reference() {
    return new ImageReference(repository, Optional.empty(), Optional.of(digest()));
  }
}
