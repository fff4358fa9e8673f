package dev.slipway.oci;

import java.util.Optional;

/**
 * A document that a reference leads to: the manifest of one image, or a list of such. It keeps the
 * bytes it was read from, because its digest is theirs.
 */
public sealed interface Manifest permits ImageManifest, ImageIndex {
  /** What it is. */
  MediaType mediaType();

  /** The document, as it was written. */
  byte[] bytes();

  /** Its digest. */
  default Digest digest() {
    return Digest.of(bytes());
  }

  /** What others say of it. */
  default Descriptor descriptor() {
    return Descriptor.of(mediaType(), bytes());
  }

  /**
   * Reads a document.
   *
   * @param announced what it was said to be, by a header or a descriptor; if that is no manifest,
   *     its own {@code mediaType} and its fields decide
   * @param what names it in errors
   * @throws ImageException if it is not JSON within the limits for documents from elsewhere, is of
   *     Docker's first schema, or lacks a field or has one that is not as it should be
   */
  static Manifest parse(byte[] document, Optional<MediaType> announced, String what)
      throws ImageException {
    JsonFields fields = JsonFields.parse(document, what);
    long version = fields.has("schemaVersion") ? fields.size("schemaVersion") : 0;
    if (version == 1
        || fields.has("fsLayers")
        || announced.map(MediaType::isSchema1).orElse(false)) {
      throw new ImageException(
          what
              + ": a manifest of Docker's schema 1, which is no longer supported; push the image"
              + " again with a Docker of 2016 or newer");
    }
    if (version != 2) {
      throw new ImageException(what + ": expected a manifest with schemaVersion 2");
    }
    MediaType type = type(fields, announced, what);
    // Documents that are two things at once have been used to deceive (CVE-2021-41190).
    if (fields.has("manifests") && (fields.has("layers") || fields.has("config"))) {
      throw new ImageException(what + ": expected a manifest or an index, found both in one");
    }
    return type.isIndex()
        ? new ImageIndex(
            type, document, fields.descriptors("manifests"), fields.texts("annotations"))
        : new ImageManifest(
            type,
            document,
            fields.descriptor("config"),
            fields.descriptors("layers"),
            fields.texts("annotations"));
  }

  private static MediaType type(JsonFields fields, Optional<MediaType> announced, String what)
      throws ImageException {
    Optional<MediaType> own = fields.optionalString("mediaType").map(MediaType::new);
    if (own.isPresent() && !isKnown(own.get())) {
      throw new ImageException(
          "%s: expected an image, found a document of the type '%s'".formatted(what, own.get()));
    }
    if (announced.isPresent() && isKnown(announced.get())) {
      if (own.isPresent() && !own.equals(announced)) {
        throw new ImageException(
            "%s: announced as %s, but it says that it is %s"
                .formatted(what, announced.get(), own.get()));
      }
      return announced.get();
    }
    // Only OCI's documents may leave it out.
    return own.orElse(fields.has("manifests") ? MediaType.OCI_INDEX : MediaType.OCI_MANIFEST);
  }

  private static boolean isKnown(MediaType type) {
    return type.isManifest() || type.isIndex();
  }
}
