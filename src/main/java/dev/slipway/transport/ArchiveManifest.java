package dev.slipway.transport;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
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
  private static final String REPOSITORIES = "repositories";
  private final ArchiveDocuments documents;
  private final ImageChoice choice;
  private final boolean layout;
  private final List<Entry> entries = new ArrayList<>();
  private final List<ManifestDocument> roots = new ArrayList<>();
  private final Set<String> present = new LinkedHashSet<>();

  private ArchiveManifest(ArchiveDocuments documents, ImageChoice choice, boolean layout) {
    this.documents = documents;
    this.choice = choice;
    this.layout = layout;
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
    ArchiveDocuments documents = new ArchiveDocuments(file, index);
    ArchiveManifest manifest = new ArchiveManifest(documents, choice, isLayout(documents, form));
    if (manifest.layout) {
      LayoutIndex found = LayoutIndex.read(documents, choice);
      manifest.entries.addAll(found.entries());
      manifest.roots.addAll(found.roots());
      manifest.present.addAll(found.present());
    } else {
      manifest.readDocker();
    }
    if (manifest.entries.isEmpty()) {
      throw choice.isNarrow() ? manifest.noSuchImage() : manifest.noImage();
    }
    return manifest;
  }

  private ImageException noImage() {
    return new ImageException(documents.archive() + ": holds no image");
  }

  private ImageException noSuchImage() {
    return new ImageException(
        "%s: holds no image %s, but %s"
            .formatted(
                documents.archive(),
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
    String name = layout ? LayoutIndex.NAME : DOCKER;
    return documents.bytes(name, name);
  }

  private static boolean isLayout(ArchiveDocuments documents, ImageLocation.Form form)
      throws IOException {
    return switch (form) {
      case ANY, DOCKER_ARCHIVE ->
          !documents.contains(DOCKER) && documents.contains(LayoutIndex.NAME);
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
    if (!layout) {
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
              .with("Config", LayoutFolder.BLOBS + image.config().digest().hex())
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
    return documents.contains(REPOSITORIES) && !isNarrow()
        ? documents.json(documents.bytes(REPOSITORIES, REPOSITORIES), REPOSITORIES)
        : JsonNull.NULL;
  }

  private JsonArray docker() throws IOException {
    JsonValue value = documents.json(documents.bytes(DOCKER, DOCKER), DOCKER);
    if (!(value instanceof JsonArray list)) {
      throw documents.unexpected(DOCKER, "a list", value);
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
        throw documents.unexpected(where, "an object", list.elements().get(i));
      }
      List<String> repoTags = documents.strings(image, "RepoTags", where);
      if (!isChosen(i, repoTags)) {
        present.addAll(repoTags);
        continue;
      }
      String configName = documents.string(image, "Config", where);
      ConfigDocument config = documents.config(configName, where + ".Config");
      Digest named = digestInName(configName);
      if (named != null) {
        documents.expectDigest(configName, named, config.digest());
      }
      List<String> layers = documents.strings(image, "Layers", where);
      entries.add(entry(documents, repoTags, config, layers, where, configName, null));
    }
  }

  private boolean isChosen(int place, List<String> repoTags) {
    return choice.digest().isEmpty()
        && choice.index().orElse(place) == place
        && (choice.name().isEmpty()
            || repoTags.stream().anyMatch(name -> new ImageName(name).is(choice.name().get())));
  }

  /** An image whose documents agree on the number of its layers. */
  static Entry entry(
      ArchiveDocuments documents,
      List<String> repoTags,
      ConfigDocument config,
      List<String> layers,
      String where,
      String configName,
      @Nullable ManifestDocument manifest)
      throws ImageException {
    List<DiffId> diffIds = documents.diffIds(config, where + "'s config");
    if (diffIds.size() != layers.size()) {
      throw new ImageException(
          "%s: %s has %d layers, but its config has %d diff IDs"
              .formatted(documents.archive(), where, layers.size(), diffIds.size()));
    }
    return new Entry(where, repoTags, config, diffIds, layers, configName, manifest);
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
}
