package dev.slipway.oci;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The manifest of one image (OCI image specification, manifest.md; Docker's schema 2). */
public final class ImageManifest implements Manifest {
  private final MediaType mediaType;
  private final byte[] bytes;
  private final Descriptor config;
  private final List<Descriptor> layers;
  private final Map<String, String> annotations;

  ImageManifest(
      MediaType mediaType,
      byte[] bytes,
      Descriptor config,
      List<Descriptor> layers,
      Map<String, String> annotations) {
    this.mediaType = mediaType;
    this.bytes = bytes.clone();
    this.config = config;
    this.layers = List.copyOf(layers);
    this.annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /**
   * A manifest of Docker's or OCI's form, in compact JSON.
   *
   * @param mediaType which form
   * @param annotations more of the image; Docker's form has no place for any
   * @throws IllegalArgumentException if it is no manifest's, or has annotations but no place
   */
  public static ImageManifest of(
      MediaType mediaType,
      Descriptor config,
      List<Descriptor> layers,
      Map<String, String> annotations) {
    if (!mediaType.isManifest()) {
      throw new IllegalArgumentException(mediaType + " is no image's manifest");
    }
    if (!annotations.isEmpty() && !mediaType.equals(MediaType.OCI_MANIFEST)) {
      throw new IllegalArgumentException("only OCI's manifests have annotations");
    }
    JsonObject json =
        JsonObject.EMPTY
            .with("schemaVersion", JsonNumber.of(2))
            .with("mediaType", mediaType.value())
            .with("config", config.toJson())
            .with(
                "layers",
                new JsonArray(layers.stream().<JsonValue>map(Descriptor::toJson).toList()));
    if (!annotations.isEmpty()) {
      json = json.with("annotations", texts(annotations));
    }
    return new ImageManifest(mediaType, CompactJson.write(json), config, layers, annotations);
  }

  static JsonObject texts(Map<String, String> texts) {
    JsonObject json = JsonObject.EMPTY;
    for (Map.Entry<String, String> text : texts.entrySet()) {
      json = json.with(text.getKey(), text.getValue());
    }
    return json;
  }

  @Override
  public MediaType mediaType() {
    return mediaType;
  }

  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The image's config. */
  public Descriptor config() {
    return config;
  }

  /** Its layers, from the bottom; one may be there several times. */
  public List<Descriptor> layers() {
    return layers;
  }

  /** More of it, in order. */
  public Map<String, String> annotations() {
    return annotations;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ImageManifest that
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
