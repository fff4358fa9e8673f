package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the {@code index.json} of an OCI layout lists (OCI image specification, image-layout.md):
 * images, and lists of images, one for each platform or nested deeper.
 */
final class LayoutIndex {
  /** Where it lies. */
  static final String NAME = "index.json";

  private static final String LAYOUT = "oci-layout";
  private static final String VERSION = "1.0.0";
  private static final int MOST_NESTED_INDEXES = 8;

  private final ArchiveDocuments documents;
  private final ImageChoice choice;
  private final List<ArchiveManifest.Entry> entries = new ArrayList<>();
  private final List<ManifestDocument> roots = new ArrayList<>();
  private final Set<String> present = new LinkedHashSet<>();

  private LayoutIndex(ArchiveDocuments documents, ImageChoice choice) {
    this.documents = documents;
    this.choice = choice;
  }

  /**
   * Reads the documents of the images that {@code choice} means.
   *
   * @throws ImageException if a document is not what it should be
   */
  static LayoutIndex read(ArchiveDocuments documents, ImageChoice choice) throws IOException {
    LayoutIndex layout = new LayoutIndex(documents, choice);
    layout.read();
    return layout;
  }

  /** The images, in order. */
  List<ArchiveManifest.Entry> entries() {
    return entries;
  }

  /** The documents that the index lists for these images: manifests, or lists of them. */
  List<ManifestDocument> roots() {
    return roots;
  }

  /** The names of all images. */
  Set<String> present() {
    return present;
  }

  private void read() throws IOException {
    if (documents.contains(LAYOUT)) {
      if (documents.object(LAYOUT, LAYOUT).get("imageLayoutVersion") instanceof JsonString version
          && !version.value().equals(VERSION)) {
        throw new ImageException(
            "%s: %s: expected a layout of version %s, found '%s'"
                .formatted(documents.archive(), LAYOUT, VERSION, version.value()));
      }
    }
    List<Listed> listed = listed(documents.object(NAME, NAME), NAME);
    listed.forEach(image -> present.addAll(image.names()));
    for (Listed image : ofPlatform(named(listed), NAME, false)) {
      read(image, List.of(), choice.digest().isEmpty(), 0);
    }
  }

  /** What an index lists. */
  private record Listed(JsonObject descriptor, String where, List<String> names) {}

  private List<Listed> listed(JsonObject index, String where) throws ImageException {
    JsonValue list = index.get("manifests");
    if (!(list instanceof JsonArray manifests)) {
      throw documents.unexpected(where + ".manifests", "a list", list);
    }
    List<Listed> listed = new ArrayList<>();
    for (int i = 0; i < manifests.elements().size(); i++) {
      String place = where + ".manifests[" + i + "]";
      if (!(manifests.elements().get(i) instanceof JsonObject descriptor)) {
        throw documents.unexpected(place, "an object", manifests.elements().get(i));
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
      Digest digest =
          documents.digest(
              documents.string(image.descriptor(), "digest", image.where()), image.where());
      descriptors.add(
          new Descriptor(MediaType.OCI_MANIFEST, digest, 0, platform(image), List.of(), Map.of()));
    }
    Descriptor best =
        ImageIndex.of(MediaType.OCI_INDEX, descriptors, Map.of())
            .choose(platform, documents.archive() + ": " + where);
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
      throw new ImageException(documents.archive() + ": " + image.where() + " is nested too deep");
    }
    ArchiveDocuments.Document document = documents.blob(image.descriptor(), image.where());
    String name = document.name();
    JsonObject target = documents.parse(document.bytes(), name);
    List<String> given = image.names().isEmpty() ? names : image.names();
    boolean meant =
        chosen || name.equals(LayoutFolder.BLOBS + choice.digest().map(Digest::hex).orElse(""));
    ManifestDocument manifest =
        new ManifestDocument(document.bytes(), documents.archive() + ": " + name);
    boolean list = target.get("manifests") != null;
    Optional<String> artifact = list ? Optional.empty() : artifact(target);
    if (artifact.isPresent()) {
      if (meant && choice.isNarrow()) {
        throw new ImageException(
            "%s: %s is no image, but an artifact of type %s"
                .formatted(documents.archive(), name, artifact.get()));
      }
      return;
    }
    if (meant && (depth == 0 || !chosen)) {
      roots.add(manifest);
    }
    if (!list) {
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
      throw documents.unexpected(where + ".config", "an object", value);
    }
    JsonValue layers = manifest.get("layers");
    if (!(layers instanceof JsonArray list)) {
      throw documents.unexpected(where + ".layers", "a list", layers);
    }
    List<String> names = new ArrayList<>();
    for (JsonValue layer : list.elements()) {
      if (!(layer instanceof JsonObject descriptor)) {
        throw documents.unexpected(where + ".layers", "objects", layer);
      }
      names.add(documents.layerBlob(descriptor, where + ".layers"));
    }
    ArchiveDocuments.Document config = documents.blob(configDescriptor, where + ".config");
    entries.add(
        ArchiveManifest.entry(
            documents, tags, documents.config(config), names, where, config.name(), document));
  }

  /**
   * What a manifest is of if that is no image: signatures, charts and the like lie beside images as
   * such (OCI image specification, manifest.md, "Guidelines for Artifact Usage"; those of cosign
   * have a config as images have, but nothing that is a layer).
   */
  private static Optional<String> artifact(JsonObject manifest) {
    if (manifest.get("artifactType") instanceof JsonString type && !type.value().isEmpty()) {
      return Optional.of(type.value());
    }
    Optional<MediaType> config =
        manifest.get("config") instanceof JsonObject object ? mediaType(object) : Optional.empty();
    if (config.isPresent() && !config.get().isConfig()) {
      return Optional.of(config.get().value());
    }
    List<MediaType> layers = new ArrayList<>();
    if (manifest.get("layers") instanceof JsonArray list) {
      for (JsonValue layer : list.elements()) {
        if (layer instanceof JsonObject object) {
          mediaType(object).ifPresent(layers::add);
        }
      }
    }
    return layers.stream().anyMatch(MediaType::isLayer)
        ? Optional.empty()
        : layers.stream().findFirst().map(MediaType::value);
  }

  private static Optional<MediaType> mediaType(JsonObject descriptor) {
    return descriptor.get("mediaType") instanceof JsonString type && !type.value().isEmpty()
        ? Optional.of(new MediaType(type.value()))
        : Optional.empty();
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
}
