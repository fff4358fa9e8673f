package dev.slipway.transport;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON documents among an archive's members, and their fields. Whatever is wrong is told with
 * the archive's name and the place in the document. All documents together are bounded in size,
 * each counted as often as it is read.
 */
final class ArchiveDocuments {
  private static final long MOST_BYTES = 3L * JsonLimits.FOREIGN.maxBytes();

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private long total;

  ArchiveDocuments(ArchiveFile file, ArchiveIndex index) {
    this.file = file;
    this.index = index;
  }

  /** The archive as the user knows it. */
  String archive() {
    return file.name();
  }

  /** Whether there is a member of this name. */
  boolean contains(String name) throws IOException {
    return index.contains(name);
  }

  /** A document as it lies in a member. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Document(String name, byte[] bytes) {}

  /** A document's blob, whose digest is checked. */
  Document blob(JsonObject descriptor, String where) throws IOException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = LayoutFolder.BLOBS + digest.hex();
    byte[] bytes = bytes(name, where);
    expectDigest(name, digest, Digest.of(bytes));
    expectSize(name, descriptor, where);
    return new Document(name, bytes);
  }

  /** The name of a layer's blob; its content is checked by its diff ID. */
  String layerBlob(JsonObject descriptor, String where) throws IOException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = LayoutFolder.BLOBS + digest.hex();
    expectSize(name, descriptor, where);
    return name;
  }

  private void expectSize(String name, JsonObject descriptor, String where) throws IOException {
    long size = index.resolve(name, where).file().header().size();
    if (!(descriptor.get("size") instanceof JsonNumber given)
        || !given.literal().equals(Long.toString(size))) {
      throw new ImageException(
          "%s: %s has %d bytes, not as many as %s says".formatted(file.name(), name, size, where));
    }
  }

  /** The config of an image that lies in this member. */
  ConfigDocument config(String name, String where) throws IOException {
    return config(new Document(name, bytes(name, where)));
  }

  /** A document as the config that it is. */
  ConfigDocument config(Document document) throws ImageException {
    return new ConfigDocument(document.bytes(), file.name() + ": " + document.name());
  }

  /** What the layers of an image with this config promise to be. */
  List<DiffId> diffIds(ConfigDocument config, String where) throws ImageException {
    JsonValue rootfs = config.json().get("rootfs");
    if (!(rootfs instanceof JsonObject object)) {
      throw unexpected(where + ".rootfs", "an object", rootfs);
    }
    List<DiffId> diffIds = new ArrayList<>();
    for (String text : strings(object, "diff_ids", where + ".rootfs")) {
      diffIds.add(new DiffId(digest(text, where + ".rootfs.diff_ids")));
    }
    return diffIds;
  }

  /** The object that lies in this member. */
  JsonObject object(String name, String where) throws IOException {
    return parse(bytes(name, where), name);
  }

  /** Any value. */
  JsonValue json(byte[] bytes, String name) throws ImageException {
    return Json.parse(bytes, file.name() + ": " + name, JsonLimits.FOREIGN);
  }

  /** An object. */
  JsonObject parse(byte[] bytes, String name) throws ImageException {
    JsonValue value = json(bytes, name);
    if (!(value instanceof JsonObject object)) {
      throw unexpected(name, "an object", value);
    }
    return object;
  }

  /** What lies in this member, which {@code where} names. */
  byte[] bytes(String name, String where) throws IOException {
    var member = index.document(name, where);
    long size = member.header().size();
    if (size > JsonLimits.FOREIGN.maxBytes()) {
      throw new ImageException(
          "%s: %s has %d bytes, more than the %d that are allowed"
              .formatted(file.name(), name, size, JsonLimits.FOREIGN.maxBytes()));
    }
    total += size;
    if (total > MOST_BYTES) {
      throw new ImageException(
          "%s: its documents have more than the %d bytes together that are allowed"
              .formatted(file.name(), MOST_BYTES));
    }
    try (InputStream in = file.section(member.contentOffset(), size)) {
      return in.readNBytes((int) size);
    }
  }

  /** Refuses what has another digest. */
  void expectDigest(String name, Digest expected, Digest actual) throws DigestMismatchException {
    if (!actual.equals(expected)) {
      throw new DigestMismatchException(file.name() + ": " + name, expected, actual);
    }
  }

  /** A digest in a document. */
  Digest digest(String text, String where) throws ImageException {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          "%s: %s: expected a sha256 digest, found '%s'".formatted(file.name(), where, text), e);
    }
  }

  /** A field that is a string. */
  String string(JsonObject object, String key, String where) throws ImageException {
    JsonValue value = object.get(key);
    if (!(value instanceof JsonString string)) {
      throw unexpected(where + "." + key, "a string", value);
    }
    return string.value();
  }

  /** A list of strings; Go writes an empty one as null. */
  List<String> strings(JsonObject object, String key, String where) throws ImageException {
    JsonValue value = object.get(key);
    if (value == null || value == JsonNull.NULL) {
      return List.of();
    }
    if (!(value instanceof JsonArray list)) {
      throw unexpected(where + "." + key, "a list", value);
    }
    List<String> strings = new ArrayList<>();
    for (JsonValue element : list.elements()) {
      if (!(element instanceof JsonString string)) {
        throw unexpected(where + "." + key, "strings", element);
      }
      strings.add(string.value());
    }
    return strings;
  }

  /** The complaint that something else stands at a place. */
  ImageException unexpected(String where, String expected, @Nullable JsonValue found) {
    String kind = found == null ? "nothing" : found.kind();
    return new ImageException(
        "%s: %s: expected %s, found %s".formatted(file.name(), where, expected, kind));
  }
}
