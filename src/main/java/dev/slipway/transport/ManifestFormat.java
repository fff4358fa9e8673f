package dev.slipway.transport;

import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.MediaType;

/** The two families of documents that images have in registries. */
public enum ManifestFormat {
  /** The OCI image specification's. */
  OCI,
  /** Docker's image manifest version 2, schema 2. */
  DOCKER;

  /** Which family a document belongs to. */
  static ManifestFormat of(MediaType type) {
    return type.equals(MediaType.DOCKER_MANIFEST) || type.equals(MediaType.DOCKER_LIST)
        ? DOCKER
        : OCI;
  }

  MediaType manifest() {
    return this == OCI ? MediaType.OCI_MANIFEST : MediaType.DOCKER_MANIFEST;
  }

  MediaType index() {
    return this == OCI ? MediaType.OCI_INDEX : MediaType.DOCKER_LIST;
  }

  MediaType config() {
    return this == OCI ? MediaType.OCI_CONFIG : MediaType.DOCKER_CONFIG;
  }

  /**
   * What a layer is that is compressed in this way.
   *
   * @throws ImageException if this family has no such layers
   */
  MediaType layer(Compression compression) throws ImageException {
    return switch (compression) {
      case NONE -> this == OCI ? MediaType.OCI_LAYER : MediaType.DOCKER_LAYER;
      case GZIP -> this == OCI ? MediaType.OCI_LAYER_GZIP : MediaType.DOCKER_LAYER_GZIP;
      case ZSTD -> {
        if (this == DOCKER) {
          throw new ImageException(
              "layers compressed with zstd have no place in Docker's manifests, only in OCI's");
        }
        yield MediaType.OCI_LAYER_ZSTD;
      }
    };
  }
}
