package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
  private static final String LAYOUT = "oci-layout";
  private static final String VERSION = "1.0.0";
  private static final String REPOSITORIES = "repositories";
  private static final String BLOBS = "blobs/sha256/";
  private static final int MOST_NESTED_INDEXES = 8;

  /** Of all documents that are read, each as often as it is named. */
  private static final long MOST_DOCUMENT_BYTES = 3L * JsonLimits.FOREIGN.maxBytes();

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private final ImageLocation.Form form;
  private final ImageChoice choice;
  private final List<Entry> entries = new ArrayList<>();
  private final List<ManifestDocument> roots = new ArrayList<>();
  private final Set<String> present = new LinkedHashSet<>();
  private long documentBytes;

  private ArchiveManifest(
      ArchiveFile file, ArchiveIndex index, ImageLocation.Form form, ImageChoice choice) {
    this.file = file;
    this.index = index;
    this.form = form;
    this.choice = choice;
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
   * @param manifest the manifest that an OCI layout has of it; null elsewhere
   */
  record Entry(
      String where,
      List<String> repoTags,
      ConfigDocument config,
      List<DiffId> diffIds,
      List<String> layers,
      String configName,
      @Nullable ManifestDocument manifest) {}

  /**
   * Reads the documents of the images that {@code choice} means.
   *
   * @param form which documents count where there are two kinds
   */
  static ArchiveManifest read(
      ArchiveFile file, ArchiveIndex index, ImageLocation.Form form, ImageChoice choice)
      throws IOException {
    ArchiveManifest manifest = new ArchiveManifest(file, index, form, choice);
    if (manifest.isLayout()) {
      manifest.readLayout();
    } else {
      manifest.readDocker();
    }
    if (manifest.entries.isEmpty()) {
      throw choice.isNarrow() ? manifest.noSuchImage() : manifest.noImage();
    }
    return manifest;
  }

  private ImageException noImage() {
    return new ImageException(file.name() + ": holds no image");
  }

  private ImageException noSuchImage() {
    return new ImageException(
        "%s: holds no image %s, but %s"
            .formatted(
                file.name(),
                choice,
                present.isEmpty() ? "only unnamed ones" : String.join(", ", present)));
  }

  /** The images, in order. */
  List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  /**
   * The documents of an OCI layout that its index lists for these images: manifests, or lists of
   * them.
   */
  List<ManifestDocument> roots() {
    return Collections.unmodifiableList(roots);
  }

  /** The document that lists the images. */
  byte[] bytes() throws IOException {
    return isLayout() ? bytes(OCI, OCI) : bytes(DOCKER, DOCKER);
  }

  private boolean isLayout() throws IOException {
    return switch (form) {
      case ANY, DOCKER_ARCHIVE -> !index.contains(DOCKER) && index.contains(OCI);
      case OCI_ARCHIVE, OCI -> true;
    };
  }

  /** Whether it is only some of the images. */
  boolean isNarrow() {
    return choice.isNarrow();
  }

  /**
   * The entries that a {@code manifest.json} has, or would have, for these images: of several with
   * one name it names the first.
   */
  List<JsonValue> images() throws IOException {
    List<JsonValue> images = new ArrayList<>();
    if (!isLayout()) {
      Set<String> chosen = entries.stream().map(Entry::where).collect(Collectors.toSet());
      List<JsonValue> all = docker().elements();
      for (int i = 0; i < all.size(); i++) {
        if (chosen.contains(where(i))) {
          images.add(all.get(i));
        }
      }
      return images;
    }
    Set<String> named = new HashSet<>();
    for (Entry image : entries) {
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
    return index.contains(REPOSITORIES) && !isNarrow()
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

  private static String where(int image) {
    return DOCKER + "[" + image + "]";
  }

  private void readDocker() throws IOException {
    JsonArray list = docker();
    for (int i = 0; i < list.elements().size(); i++) {
      String where = where(i);
      if (!(list.elements().get(i) instanceof JsonObject image)) {
        throw unexpected(file.name() + ": " + where, "an object", list.elements().get(i));
      }
      List<String> repoTags = strings(image, "RepoTags", where);
      if (!isChosen(i, repoTags)) {
        present.addAll(repoTags);
        continue;
      }
      String configName = string(image, "Config", where);
      ConfigDocument config = config(configName, where + ".Config");
      Digest named = digestInName(configName);
      if (named != null) {
        expectDigest(configName, named, config.digest());
      }
      List<String> layers = strings(image, "Layers", where);
      add(repoTags, config, layers, where, configName, null);
    }
  }

  private boolean isChosen(int place, List<String> repoTags) {
    return choice.digest().isEmpty()
        && choice.index().orElse(place) == place
        && (choice.name().isEmpty()
            || repoTags.stream().anyMatch(name -> new ImageName(name).is(choice.name().get())));
  }

  private void add(
      List<String> repoTags,
      ConfigDocument config,
      List<String> layers,
      String where,
      String configName,
      @Nullable ManifestDocument manifest)
      throws ImageException {
    List<DiffId> diffIds = diffIds(config, where + "'s config");
    if (diffIds.size() != layers.size()) {
      throw new ImageException(
          "%s: %s has %d layers, but its config has %d diff IDs"
              .formatted(file.name(), where, layers.size(), diffIds.size()));
    }
    entries.add(new Entry(where, repoTags, config, diffIds, layers, configName, manifest));
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

  private void readLayout() throws IOException {
    if (index.contains(LAYOUT)) {
      if (object(LAYOUT, LAYOUT).get("imageLayoutVersion") instanceof JsonString version
          && !version.value().equals(VERSION)) {
        throw new ImageException(
            "%s: %s: expected a layout of version %s, found '%s'"
                .formatted(file.name(), LAYOUT, VERSION, version.value()));
      }
    }
    List<Listed> listed = listed(object(OCI, OCI), OCI);
    listed.forEach(image -> present.addAll(image.names()));
    for (Listed image : ofPlatform(named(listed), OCI, false)) {
      read(image, List.of(), choice.digest().isEmpty(), 0);
    }
  }

  /** What an index lists. */
  private record Listed(JsonObject descriptor, String where, List<String> names) {}

  private List<Listed> listed(JsonObject index, String where) throws ImageException {
    JsonValue list = index.get("manifests");
    if (!(list instanceof JsonArray manifests)) {
      throw unexpected(file.name() + ": " + where + ".manifests", "a list", list);
    }
    List<Listed> listed = new ArrayList<>();
    for (int i = 0; i < manifests.elements().size(); i++) {
      String place = where + ".manifests[" + i + "]";
      if (!(manifests.elements().get(i) instanceof JsonObject descriptor)) {
        throw unexpected(file.name() + ": " + place, "an object", manifests.elements().get(i));
      }
      if (!isAttestation(descriptor)) {
        listed.add(new Listed(descriptor, place, names(descriptor)));
      }
    }
    return listed;
  }

  /** Those that have the name that is asked for, to the letter if there are such. */
  private List<Listed> named(List<Listed> listed) {
    if (choice.index().isPresent()) {
      int place = choice.index().get();
      return place < listed.size() ? List.of(listed.get(place)) : List.of();
    }
    if (choice.name().isEmpty()) {
      return listed;
    }
    String name = choice.name().get();
    List<Listed> exact = listed.stream().filter(image -> image.names().contains(name)).toList();
    return !exact.isEmpty()
        ? exact
        : listed.stream()
            .filter(image -> image.names().stream().anyMatch(text -> new ImageName(text).is(name)))
            .toList();
  }

  /**
   * Of images with one name that for the platform, if one is asked for.
   *
   * @param one whether all are of one name, and one is needed
   */
  private List<Listed> ofPlatform(List<Listed> listed, String where, boolean one)
      throws ImageException {
    if (choice.platform().isEmpty()) {
      return listed;
    }
    Map<List<String>, List<Listed>> byName = new LinkedHashMap<>();
    for (Listed image : listed) {
      byName.computeIfAbsent(one ? List.of() : image.names(), _ -> new ArrayList<>()).add(image);
    }
    List<Listed> chosen = new ArrayList<>();
    for (List<Listed> images : byName.values()) {
      boolean told = images.size() > 1 && images.stream().anyMatch(i -> platform(i).isPresent());
      if (one || told) {
        chosen.add(forPlatform(images, choice.platform().get(), where));
      } else {
        chosen.addAll(images);
      }
    }
    return chosen;
  }

  private Listed forPlatform(List<Listed> images, Platform platform, String where)
      throws ImageException {
    List<Descriptor> descriptors = new ArrayList<>();
    for (Listed image : images) {
      Digest digest = digest(string(image.descriptor(), "digest", image.where()), image.where());
      descriptors.add(
          new Descriptor(MediaType.OCI_MANIFEST, digest, 0, platform(image), List.of(), Map.of()));
    }
    Descriptor best =
        ImageIndex.of(MediaType.OCI_INDEX, descriptors, Map.of())
            .choose(platform, file.name() + ": " + where);
    return images.get(descriptors.indexOf(best));
  }

  private static Optional<Platform> platform(Listed image) {
    if (image.descriptor().get("platform") instanceof JsonObject platform
        && platform.get("os") instanceof JsonString os
        && platform.get("architecture") instanceof JsonString architecture
        && !os.value().isEmpty()
        && !architecture.value().isEmpty()) {
      String variant = platform.get("variant") instanceof JsonString text ? text.value() : "";
      return Optional.of(new Platform(os.value(), architecture.value(), variant));
    }
    return Optional.empty();
  }

  /**
   * Reads an image, or the list of images that stands for it, whose images have its names if they
   * have none themselves.
   *
   * @param chosen whether its digest is no longer asked for
   */
  private void read(Listed image, List<String> names, boolean chosen, int depth)
      throws IOException {
    if (depth > MOST_NESTED_INDEXES) {
      throw new ImageException(file.name() + ": " + image.where() + " is nested too deep");
    }
    Document document = blob(image.descriptor(), image.where());
    String name = document.name();
    JsonObject target = parse(document.bytes(), name);
    List<String> given = image.names().isEmpty() ? names : image.names();
    boolean meant = chosen || name.equals(BLOBS + choice.digest().map(Digest::hex).orElse(""));
    ManifestDocument manifest = new ManifestDocument(document.bytes(), file.name() + ": " + name);
    if (meant && (depth == 0 || !chosen)) {
      roots.add(manifest);
    }
    if (target.get("manifests") == null) {
      if (meant) {
        readManifest(target, name, given, manifest);
      }
      return;
    }
    List<Listed> listed = listed(target, name);
    for (Listed inner : meant ? ofPlatform(listed, name, true) : listed) {
      read(inner, given, meant, depth + 1);
    }
  }

  private void readManifest(
      JsonObject manifest, String where, List<String> tags, ManifestDocument document)
      throws IOException {
    JsonValue value = manifest.get("config");
    if (!(value instanceof JsonObject configDescriptor)) {
      throw unexpected(file.name() + ": " + where + ".config", "an object", value);
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
    Document config = blob(configDescriptor, where + ".config");
    add(tags, config.asConfig(file), names, where, config.name(), document);
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

  /** A document as it lies in a member. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Document(String name, byte[] bytes) {
    ConfigDocument asConfig(ArchiveFile file) throws ImageException {
      return new ConfigDocument(bytes, file.name() + ": " + name);
    }
  }

  /** A document's blob, whose digest is checked. */
  private Document blob(JsonObject descriptor, String where) throws IOException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = BLOBS + digest.hex();
    byte[] bytes = bytes(name, where);
    expectDigest(name, digest, Digest.of(bytes));
    expectSize(name, descriptor, where);
    return new Document(name, bytes);
  }

  /** The name of a layer's blob; its content is checked by its diff ID. */
  private String layerBlob(JsonObject descriptor, String where) throws IOException {
    Digest digest = digest(string(descriptor, "digest", where), where + ".digest");
    String name = BLOBS + digest.hex();
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

  // -- Documents and their fields

  private ConfigDocument config(String name, String where) throws IOException {
    return new Document(name, bytes(name, where)).asConfig(file);
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
