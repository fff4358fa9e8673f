package dev.slipway.oci;

import java.util.Locale;
import java.util.Set;

/**
 * What a blob or a document is (OCI image specification, media-types.md; Docker's image manifest
 * version 2, schema 2). Any value may turn up: those that images are made of have names here.
 *
 * @param value the type and subtype, without parameters
 */
public record MediaType(String value) {
  /** Docker's manifest of one image. */
  public static final MediaType DOCKER_MANIFEST =
      new MediaType("application/vnd.docker.distribution.manifest.v2+json");

  /** Docker's list of manifests. */
  public static final MediaType DOCKER_LIST =
      new MediaType("application/vnd.docker.distribution.manifest.list.v2+json");

  /** Docker's config of an image. */
  public static final MediaType DOCKER_CONFIG =
      new MediaType("application/vnd.docker.container.image.v1+json");

  /** Docker's layer, not compressed. */
  public static final MediaType DOCKER_LAYER =
      new MediaType("application/vnd.docker.image.rootfs.diff.tar");

  /** Docker's layer, compressed with gzip. */
  public static final MediaType DOCKER_LAYER_GZIP =
      new MediaType("application/vnd.docker.image.rootfs.diff.tar.gzip");

  /** Docker's layer, compressed with zstd. */
  public static final MediaType DOCKER_LAYER_ZSTD =
      new MediaType("application/vnd.docker.image.rootfs.diff.tar.zstd");

  /** The manifest of one image. */
  public static final MediaType OCI_MANIFEST =
      new MediaType("application/vnd.oci.image.manifest.v1+json");

  /** A list of manifests. */
  public static final MediaType OCI_INDEX =
      new MediaType("application/vnd.oci.image.index.v1+json");

  /** The config of an image. */
  public static final MediaType OCI_CONFIG =
      new MediaType("application/vnd.oci.image.config.v1+json");

  /** A layer, not compressed. */
  public static final MediaType OCI_LAYER = new MediaType("application/vnd.oci.image.layer.v1.tar");

  /** A layer, compressed with gzip. */
  public static final MediaType OCI_LAYER_GZIP =
      new MediaType("application/vnd.oci.image.layer.v1.tar+gzip");

  /** A layer, compressed with zstd. */
  public static final MediaType OCI_LAYER_ZSTD =
      new MediaType("application/vnd.oci.image.layer.v1.tar+zstd");

  private static final Set<String> SCHEMA_1 =
      Set.of(
          "application/vnd.docker.distribution.manifest.v1+json",
          "application/vnd.docker.distribution.manifest.v1+prettyjws");

  private static final Set<MediaType> LAYERS =
      Set.of(
          DOCKER_LAYER,
          DOCKER_LAYER_GZIP,
          DOCKER_LAYER_ZSTD,
          OCI_LAYER,
          OCI_LAYER_GZIP,
          OCI_LAYER_ZSTD);

  /** Layers that may not be handed on, which registries do not always have. */
  private static final Set<String> NOT_DISTRIBUTABLE =
      Set.of(
          "application/vnd.docker.image.rootfs.foreign.diff.tar",
          "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
          "application/vnd.oci.image.layer.nondistributable.v1.tar",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
          "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd");

  /**
   * Reads the value of a {@code Content-Type} header, whose parameters are passed over and whose
   * case does not count (RFC 9110, section 8.3.1).
   */
  public static MediaType ofHeader(String header) {
    int end = header.indexOf(';');
    String type = end < 0 ? header : header.substring(0, end);
    return new MediaType(type.strip().toLowerCase(Locale.ROOT));
  }

  /** Whether it is the manifest of one image. */
  public boolean isManifest() {
    return equals(DOCKER_MANIFEST) || equals(OCI_MANIFEST);
  }

  /** Whether it is a list of manifests. */
  public boolean isIndex() {
    return equals(DOCKER_LIST) || equals(OCI_INDEX);
  }

  /** Whether it is the config of an image. */
  public boolean isConfig() {
    return equals(DOCKER_CONFIG) || equals(OCI_CONFIG);
  }

  /** Whether it is a layer, in whichever form. */
  public boolean isLayer() {
    return LAYERS.contains(this) || isNotDistributable();
  }

  /** Whether it is a layer that must be fetched from elsewhere than the registry. */
  public boolean isNotDistributable() {
    return NOT_DISTRIBUTABLE.contains(value);
  }

  /** Whether it is a manifest of Docker's first schema, which tells no digests of configs. */
  public boolean isSchema1() {
    return SCHEMA_1.contains(value);
  }

  @Override
  public String toString() {
    return value;
  }
}
