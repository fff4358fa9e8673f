package dev.slipway.cli;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.Platform;
import dev.slipway.transport.ConfigDocument;
import dev.slipway.transport.Registries;
import dev.slipway.transport.RegistryImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An image in a registry, as {@code slipway inspect} shows it: its documents are fetched, its
 * layers are not.
 *
 * @param reference what leads to it
 * @param invocation says what is shown
 * @param session where it is shown
 */
record InspectedReference(ImageReference reference, Invocation invocation, Session session) {
  void show() throws IOException {
    try (Registries registries = new Registries(session.registries())) {
      Manifest found = registries.manifest(reference);
      if (invocation.has(OptionName.RAW)) {
        session.streams().write(found.bytes());
        return;
      }
      Platform platform = PullCommand.platform(invocation, session);
      RegistryImage image = registries.resolve(reference.pinned(found.digest()), platform);
      ConfigDocument config = registries.config(image);
      if (invocation.has(OptionName.CONFIG)) {
        session.streams().write(config.bytes());
        return;
      }
      new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
          .write(
              () -> json(found, image.manifest(), config),
              () -> text(found, image.manifest(), config));
    }
  }

  private static List<String> platforms(Manifest found) {
    List<String> platforms = new ArrayList<>();
    if (found instanceof ImageIndex index) {
      for (Descriptor manifest : index.manifests()) {
        manifest
            .platform()
            .map(Platform::toString)
            .filter(text -> !text.startsWith("unknown/"))
            .ifPresent(platforms::add);
      }
    }
    return platforms;
  }

  private static List<String> diffIds(ConfigDocument config) {
    List<String> diffIds = new ArrayList<>();
    if (config.json().get("rootfs") instanceof JsonObject rootfs
        && rootfs.get("diff_ids") instanceof JsonArray list) {
      for (JsonValue value : list.elements()) {
        diffIds.add(value instanceof JsonString text ? text.value() : "");
      }
    }
    return diffIds;
  }

  private JsonValue json(Manifest found, ImageManifest manifest, ConfigDocument config) {
    List<String> diffIds = diffIds(config);
    List<JsonValue> layers = new ArrayList<>();
    for (int i = 0; i < manifest.layers().size(); i++) {
      Descriptor layer = manifest.layers().get(i);
      JsonObject json =
          JsonObject.EMPTY
              .with("digest", layer.digest().toString())
              .with("mediaType", layer.mediaType().value())
              .with("storedSize", JsonNumber.of(layer.size()));
      layers.add(i < diffIds.size() ? json.with("diffId", diffIds.get(i)) : json);
    }
    JsonObject json =
        JsonObject.EMPTY
            .with("reference", reference.toString())
            .with("digest", found.digest().toString())
            .with("mediaType", found.mediaType().value())
            .with("manifestDigest", manifest.digest().toString());
    if (found instanceof ImageIndex) {
      json = json.with("platforms", JsonArray.ofStrings(platforms(found)));
    }
    return json.with("configDigest", config.digest().toString())
        .with("config", config.json())
        .with("layers", new JsonArray(layers));
  }

  private String text(Manifest found, ImageManifest manifest, ConfigDocument config) {
    StringBuilder out = new StringBuilder();
    InspectCommand.field(out, "Image", reference.familiar());
    if (found instanceof ImageIndex) {
      InspectCommand.field(out, "Index", found.digest().toString());
      InspectCommand.field(out, "Platforms", String.join(" ", platforms(found)));
    }
    InspectCommand.field(out, "Manifest", manifest.digest().toString());
    InspectCommand.config(out, config.digest(), config.json());
    long size = manifest.layers().stream().mapToLong(Descriptor::size).sum();
    InspectCommand.field(
        out, "Layers", manifest.layers().size() + ", compressed " + Bytes.of(size));
    for (int i = 0; i < manifest.layers().size(); i++) {
      Descriptor layer = manifest.layers().get(i);
      out.append(
          String.format(
              Locale.ROOT, "%5d  %s  %10s%n", i + 1, layer.digest(), Bytes.of(layer.size())));
    }
    if (config.json().get("history") instanceof JsonArray history) {
      InspectCommand.history(out, history);
    }
    return out.toString();
  }
}
