package dev.slipway.oci;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * What a document says of a blob or another document (OCI image specification, descriptor.md).
 *
 * @param mediaType what it is
 * @param digest its digest
 * @param size its size in bytes
 * @param platform what an image runs on, if that is said
 * @param urls where else it may be had
 * @param annotations more of it, in order
 */
public record Descriptor(
    MediaType mediaType,
    Digest digest,
    long size,
    Optional<Platform> platform,
    List<String> urls,
    Map<String, String> annotations) {

  /** Refuses a negative size; takes copies. */
  public Descriptor {
    if (size < 0) {
      throw new IllegalArgumentException("a size of " + size + " bytes");
    }
    urls = List.copyOf(urls);
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /** A descriptor that says no more than it must. */
  public Descriptor(MediaType mediaType, Digest digest, long size) {
    this(mediaType, digest, size, Optional.empty(), List.of(), Map.of());
  }

  /** That of a document with these bytes. */
  public static Descriptor of(MediaType mediaType, byte[] document) {
    return new Descriptor(mediaType, Digest.of(document), document.length);
  }

  /** This descriptor, of an image for {@code platform}. */
  public Descriptor on(Platform target) {
    return new Descriptor(mediaType, digest, size, Optional.of(target), urls, annotations);
  }

  /** This descriptor, with these annotations in place of its own. */
  public Descriptor annotated(Map<String, String> others) {
    return new Descriptor(mediaType, digest, size, platform, urls, others);
  }

  /** As documents hold it. */
  public JsonObject toJson() {
    SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
    members.put("mediaType", new JsonString(mediaType.value()));
    members.put("size", JsonNumber.of(size));
    members.put("digest", new JsonString(digest.toString()));
    if (!urls.isEmpty()) {
      members.put("urls", JsonArray.ofStrings(urls));
    }
    if (!annotations.isEmpty()) {
      SequencedMap<String, JsonValue> texts = new LinkedHashMap<>();
      annotations.forEach((key, text) -> texts.put(key, new JsonString(text)));
      members.put("annotations", new JsonObject(texts));
    }
    platform.ifPresent(target -> members.put("platform", platformJson(target)));
    return new JsonObject(members);
  }

  private static JsonObject platformJson(Platform platform) {
    JsonObject json =
        JsonObject.EMPTY.with("architecture", platform.architecture()).with("os", platform.os());
    return platform.variant().isEmpty() ? json : json.with("variant", platform.variant());
  }
}
