package dev.slipway.oci;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One image for several platforms (OCI image specification, image-index.md; Docker's manifest
 * list).
 */
public final class ImageIndex implements Manifest {
  private final MediaType mediaType;
  private final byte[] bytes;
  private final List<Descriptor> manifests;
  private final Map<String, String> annotations;

  ImageIndex(
      MediaType mediaType,
      byte[] bytes,
      List<Descriptor> manifests,
      Map<String, String> annotations) {
    this.mediaType = mediaType;
    this.bytes = bytes.clone();
    this.manifests = List.copyOf(manifests);
    this.annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /**
   * An index of Docker's or OCI's form, in compact JSON.
   *
   * @param mediaType which form
   * @param annotations more of the image; Docker's form has no place for any
   * @throws IllegalArgumentException if it is no index's, or has annotations but no place
   */
  public static ImageIndex of(
      MediaType mediaType, List<Descriptor> manifests, Map<String, String> annotations) {
    if (!mediaType.isIndex()) {
      throw new IllegalArgumentException(mediaType + " is no index");
    }
    if (!annotations.isEmpty() && !mediaType.equals(MediaType.OCI_INDEX)) {
      throw new IllegalArgumentException("only OCI's indexes have annotations");
    }
    JsonObject json =
        JsonObject.EMPTY
            .with("schemaVersion", JsonNumber.of(2))
            .with("mediaType", mediaType.value())
            .with(
                "manifests",
                new JsonArray(manifests.stream().<JsonValue>map(Descriptor::toJson).toList()));
    if (!annotations.isEmpty()) {
      json = json.with("annotations", ImageManifest.texts(annotations));
    }
    return new ImageIndex(mediaType, CompactJson.write(json), manifests, annotations);
  }

  @Override
  public MediaType mediaType() {
    return mediaType;
  }

  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  /** What it lists, in order; not all of it need be images. */
  public List<Descriptor> manifests() {
    return manifests;
  }

  /** More of it, in order. */
  public Map<String, String> annotations() {
    return annotations;
  }

  /**
   * The manifest for a platform, as skopeo chooses it: the first of the best platform that serves
   * it, and in OCI's form, if there is none, the first that is for no platform in particular.
   *
   * @param what names this index in errors
   * @throws ImageException if there is none; the message lists the platforms that there are
   */
  public Descriptor choose(Platform platform, String what) throws ImageException {
    for (Platform served : platform.served()) {
      for (Descriptor manifest : manifests) {
        if (manifest.platform().equals(Optional.of(served))) {
          return manifest;
        }
      }
    }
    if (mediaType.equals(MediaType.OCI_INDEX)) {
      for (Descriptor manifest : manifests) {
        if (manifest.platform().isEmpty()) {
          return manifest;
        }
      }
    }
    String present =
        manifests.stream()
            .flatMap(manifest -> manifest.platform().stream())
            .map(Platform::toString)
            .filter(text -> !text.startsWith("unknown/"))
            .distinct()
            .collect(Collectors.joining(", "));
    throw new ImageException(
        "%s: has no image for %s, only for %s"
            .formatted(what, platform, present.isEmpty() ? "no platform at all" : present));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageIndex that
        && mediaType.equals(that.mediaType)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return digest().toString();
  }
}
