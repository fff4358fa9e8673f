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
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the documents of an archive say of its images: {@code manifest.json} as {@code docker save}
 * writes it (moby's image specification v1.2, "Combined Image JSON + Filesystem Changeset Format"),
 * or, without one, the {@code index.json} of an OCI layout (OCI image specification,
 * image-layout.md).
 */
final class ArchiveManifest {
  private static final String DOCKER = "manifest.json";
  private static final String OCI = "index.json";
  private static final String REPOSITORIES = "repositories";
  private static final String BLOBS = "blobs/sha256/";
  private static final int MOST_NESTED_INDEXES = 8;

  /** Of all documents that are read, each as often as it is named. */
  private static final long MOST_DOCUMENT_BYTES = 3L * JsonLimits.FOREIGN.maxBytes();

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private final List<Entry> entries = new ArrayList<>();
  private long documentBytes;

  ArchiveManifest(ArchiveFile file, ArchiveIndex index) {
    this.file = file;
    this.index = index;
  }

  /**
   * An image, as its documents have it.
   *
   * @param where what names its layers, for errors
   * @param repoTags its names, as {@link ImageName} has them
   * @param config its config
   * @param diffIds what its layers promise to be
   * @param layers the names of its layers' members, as many
   * @param configName the name of its config's member
   */
  record Entry(
      String where,
      List<String> repoTags,
      ConfigDocument config,
      List<DiffId> diffIds,
      List<String> layers,
      String configName) {}

  /** The images, in order. */
  static List<Entry> read(ArchiveFile file, ArchiveIndex index) throws IOException {
    ArchiveManifest manifest = new ArchiveManifest(file, index);
    if (manifest.isLayout()) {
      manifest.readIndex(manifest.object(OCI, OCI), OCI, List.of(), 0);
    } else {
      manifest.readDocker();
    }
    if (manifest.entries.isEmpty()) {
      throw new ImageException(file.name() + ": holds no image");
    }
    return manifest.entries;
  }

  private boolean isLayout() {
    return !index.contains(DOCKER) && index.contains(OCI);
  }

  /**
   * The entries that a {@code manifest.json} has, or would have, for these images: of several with
   * one name it names the first.
   */
  List<JsonValue> images(List<Entry> known) throws IOException {
    if (!isLayout()) {
      return docker().elements();
    }
    List<JsonValue> images = new ArrayList<>();
    Set<String> named = new HashSet<>();
    for (Entry image : known) {
      images.add(
          JsonObject.EMPTY
              .with("Config", BLOBS + image.config().digest().hex())
              .with(
                  "RepoTags",
                  JsonArray.ofStrings(
                      image.repoTags().stream()
                          .filter(name -> new ImageName(name).isWhole() && named.add(name))
                          .toList()))
              .with("Layers", JsonArray.ofStrings(image.layers())));
    }
    return images;
  }

  /** What {@code repositories}, the index before there was a manifest, says; null without one. */
  JsonValue repositories() throws IOException {
    return index.contains(REPOSITORIES)
        ? Json.parse(
            bytes(REPOSITORIES, REPOSITORIES),
            file.name() + ": " + REPOSITORIES,
            JsonLimits.FOREIGN)
        : JsonNull.NULL;
  }

  private JsonArray docker() throws IOException {
    String what = file.name() + ": " + DOCKER;
    byte[] bytes = bytes(DOCKER, DOCKER);
    JsonValue value = Json.parse(bytes, what, JsonLimits.FOREIGN);
    if (!(value instanceof JsonArray list)) {
      throw unexpected(what, "a list", value);
    }
    return list;
  }

  private void readDocker() throws IOException {
    JsonArray list = docker();
    for (int i = 0; i < list.elements().size(); i++) {
      String where = DOCKER + "[" + i + "]";
      if (!(list.elements().get(i) instanceof JsonObject image)) {
        throw unexpected(file.name() + ": " + where, "an object", list.elements().get(i));
      }
      String configName = string(image, "Config", where);
      ConfigDocument config = config(configName, where + ".Config");
      Digest named = digestInName(configName);
      if (named != null) {
        expectDigest(configName, named, config.digest());
      }
      List<String> layers = strings(image, "Layers", where);
      add(strings(image, "RepoTags", where), config, layers, where, configName);
    }
  }

  private void add(
      List<String> repoTags,
      ConfigDocument config,
      List<String> layers,
      String where,
      String configName)
      throws ImageException {
    List<DiffId> diffIds = diffIds(config, where + "'s config");
    if (diffIds.size() != layers.size()) {
      throw new ImageException(
          "%s: %s has %d layers, but its config has %d diff IDs"
              .formatted(file.name(), where, layers.size(), diffIds.size()));
    }
    entries.add(new Entry(where, repoTags, config, diffIds, layers, configName));
  }

  private List<DiffId> diffIds(ConfigDocument config, String where) throws ImageException {
    JsonValue rootfs = config.json().get("rootfs");
    if (!(rootfs instanceof JsonObject object)) {
      throw unexpected(file.name() + ": " + where + ".rootfs", "an object", rootfs);
    }
    List<DiffId> diffIds = new ArrayList<>();
    for (String text : strings(object, "diff_ids", where + ".rootfs")) {
      diffIds.add(new DiffId(digest(text, where + ".rootfs.diff_ids")));
    }
    return diffIds;
  }

  /** The digest that a config is named after, if it is. */
  private static @Nullable Digest digestInName(String name) {
    String last = name.substring(name.lastIndexOf('/') + 1);
    String hex = last.startsWith("sha256:") ? last.substring("sha256:".length()) : last;
    if (hex.endsWith(".json")) {
      hex = hex.substring(0, hex.length() - ".json".length());
    }
    return Digest.isHex(hex) ? new Digest(hex) : null;
  }

  // -- OCI layouts

  /** Reads an index, whose images have the names of the index too if they have none themselves. */
  private void readIndex(JsonObject document, String where, List<String> names, int depth)
      throws IOException {
    if (depth > MOST_NESTED_INDEXES) {
      throw new ImageException(file.name() + ": " + where + " is an index nested too deep");
    }
    JsonValue list = document.get("manifests");
    if (!(list instanceof JsonArray manifests)) {
      throw unexpected(file.name() + ": " + where + ".manifests", "a list", list);
    }
    for (int i = 0; i < manifests.elements().size(); i++) {
      String place = where + ".manifests[" + i + "]";
      if (!(manifests.elements().get(i) instanceof JsonObject descriptor)) {
        throw unexpected(file.name() + ": " + place, "an object", manifests.elements().get(i));
      }
      if (isAttestation(descriptor)) {
        continue;
      }
      String name = blob(descriptor, place);
      JsonObject target = object(name, place);
      List<String> own = names(descriptor);
      List<String> given = own.isEmpty() ? names : own;
      if (target.get("manifests") != null) {
        readIndex(target, name, given, depth + 1);
      } else {
        readManifest(target, name, given);
      }
    }
  }

  private void readManifest(JsonObject manifest, String where, List<String> tags)
      throws IOException {
    JsonValue config = manifest.get("config");
    if (!(config instanceof JsonObject configDescriptor)) {
      throw unexpected(file.name() + ": " + where + ".config", "an object", config);
    }
    JsonValue layers = manifest.get("layers");
    if (!(layers instanceof JsonArray list)) {
      throw unexpected(file.name() + ": " + where + ".layers", "a list", layers);
    }
    List<String> names = new ArrayList<>();
    for (JsonValue layer : list.elements()) {
      if (!(layer instanceof JsonObject descriptor)) {
        throw unexpected(file.name() + ": " + where + ".layers", "objects", layer);
      }
      names.add(layerBlob(descriptor, where + ".layers"));
    }
    String name = blob(configDescriptor, where + ".config");
    add(tags, config(name, where + ".config"), names, where, name);
  }

  /** BuildKit keeps these beside images; they are no images. */
  private static boolean isAttestation(JsonObject descriptor) {
    return descriptor.get("annotations") instanceof JsonObject annotations
        && annotations.get("vnd.docker.reference.type") != null;
  }

  private static List<String> names(JsonObject descriptor) {
    if (descriptor.get("annotations") instanceof JsonObject annotations) {
      for (String key : List.of("io.containerd.image.name", "org.opencontainers.image.ref.name")) {
        if (annotations.get(key) instanceof JsonString name) {
          return List.of(name.value());
        }
      }
    }
    return List.of();
  }

  /** The name of a document's blob, whose digest is checked. */
  private String blob(JsonObject descriptor, String where) throws IOException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = BLOBS + digest.hex();
    expectDigest(name, digest, Digest.of(bytes(name, where)));
    expectSize(name, descriptor, where);
    return name;
  }

  /** The name of a layer's blob; its content is checked by its diff ID. */
  private String layerBlob(JsonObject descriptor, String where) throws ImageException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = BLOBS + digest.hex();
    expectSize(name, descriptor, where);
    return name;
  }

  private void expectSize(String name, JsonObject descriptor, String where) throws ImageException {
    long size = index.resolve(name, where).file().header().size();
    if (!(descriptor.get("size") instanceof JsonNumber given)
        || !given.literal().equals(Long.toString(size))) {
      throw new ImageException(
          "%s: %s has %d bytes, not as many as %s says".formatted(file.name(), name, size, where));
    }
  }

  // -- Documents and their fields

  private ConfigDocument config(String name, String where) throws IOException {
    return new ConfigDocument(bytes(name, where), file.name() + ": " + name);
  }

  private JsonObject object(String name, String where) throws IOException {
    return parse(bytes(name, where), name);
  }

  private JsonObject parse(byte[] bytes, String name) throws ImageException {
    String what = file.name() + ": " + name;
    JsonValue value = Json.parse(bytes, what, JsonLimits.FOREIGN);
    if (!(value instanceof JsonObject object)) {
      throw unexpected(what, "an object", value);
    }
    return object;
  }

  private byte[] bytes(String name, String where) throws IOException {
    var member = index.document(name, where);
    long size = member.header().size();
    if (size > JsonLimits.FOREIGN.maxBytes()) {
      throw new ImageException(
          "%s: %s has %d bytes, more than the %d that are allowed"
              .formatted(file.name(), name, size, JsonLimits.FOREIGN.maxBytes()));
    }
    documentBytes += size;
    if (documentBytes > MOST_DOCUMENT_BYTES) {
      throw new ImageException(
          "%s: its documents have more than the %d bytes together that are allowed"
              .formatted(file.name(), MOST_DOCUMENT_BYTES));
    }
    try (InputStream in = file.section(member.contentOffset(), size)) {
      return in.readNBytes((int) size);
    }
  }

  private void expectDigest(String name, Digest expected, Digest actual)
      throws DigestMismatchException {
    if (!actual.equals(expected)) {
      throw new DigestMismatchException(file.name() + ": " + name, expected, actual);
    }
  }

  private Digest digest(String text, String where) throws ImageException {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          "%s: %s: expected a sha256 digest, found '%s'".formatted(file.name(), where, text), e);
    }
  }

  private String string(JsonObject object, String key, String where) throws ImageException {
    JsonValue value = object.get(key);
    if (!(value instanceof JsonString string)) {
      throw unexpected(file.name() + ": " + where + "." + key, "a string", value);
    }
    return string.value();
  }

  /** A list of strings; Go writes an empty one as null. */
  private List<String> strings(JsonObject object, String key, String where) throws ImageException {
    JsonValue value = object.get(key);
    if (value == null || value == JsonNull.NULL) {
      return List.of();
    }
    if (!(value instanceof JsonArray list)) {
      throw unexpected(file.name() + ": " + where + "." + key, "a list", value);
    }
    List<String> strings = new ArrayList<>();
    for (JsonValue element : list.elements()) {
      if (!(element instanceof JsonString string)) {
        throw unexpected(file.name() + ": " + where + "." + key, "strings", element);
      }
      strings.add(string.value());
    }
    return strings;
  }

  private static ImageException unexpected(
      String where, String expected, @Nullable JsonValue found) {
    String kind = found == null ? "nothing" : found.kind();
    return new ImageException("%s: expected %s, found %s".formatted(where, expected, kind));
  }
}
