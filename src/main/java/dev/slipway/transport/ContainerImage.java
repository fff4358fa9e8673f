package dev.slipway.transport;

import dev.slipway.oci.CompactJson;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image as registries and OCI layouts take it: a config, and layers that are handed on one by
 * one. What it is made from must stay open until it has been written.
 *
 * @param names what it is called, each with a tag; from an OCI layout perhaps only a name or tag
 * @param config its config
 * @param layers its layers, from the bottom
 * @param manifest the manifest that it has already, and keeps as long as nothing is changed
 */
public record ContainerImage(
    List<String> names,
    ConfigDocument config,
    List<ContainerLayer> layers,
    Optional<ManifestDocument> manifest) {
  /** Takes copies. */
  public ContainerImage {
    names = List.copyOf(names);
    layers = List.copyOf(layers);
  }

  /**
   * An image that was just made.
   *
   * @param name its name and tag
   * @param config its config document
   * @throws ImageException if the config is no JSON object
   */
  public static ContainerImage of(String name, byte[] config, List<ContainerLayer> layers)
      throws ImageException {
    return new ContainerImage(
        List.of(name), new ConfigDocument(config, name + ": config"), layers, Optional.empty());
  }

  /** An image of an archive, which must stay open. */
  public static ContainerImage of(ArchivedImage image) {
    List<ContainerLayer> layers = new ArrayList<>();
    for (ArchivedLayer layer : image.layers()) {
      layers.add(ContainerLayer.of(layer));
    }
    return new ContainerImage(image.repoTags(), image.config(), layers, image.manifest());
  }

  /** What it runs on, if its config says. */
  public Optional<Platform> platform() {
    JsonObject json = config.json();
    String os = text(json, "os");
    String architecture = text(json, "architecture");
    return os.isEmpty() || architecture.isEmpty()
        ? Optional.empty()
        : Optional.of(new Platform(os, architecture, text(json, "variant")));
  }

  private static String text(JsonObject json, String key) {
    return json.get(key) instanceof JsonString text ? text.value() : "";
  }

  /**
   * This image with more labels in its config; one of a name that is there already is replaced.
   *
   * @throws ImageException if the config's own labels are no object
   */
  public ContainerImage labelled(Map<String, String> labels) throws ImageException {
    if (labels.isEmpty()) {
      return this;
    }
    JsonObject json = config.json();
    JsonObject runtime = object(json, "config");
    JsonObject all = object(runtime, "Labels");
    for (Map.Entry<String, String> label : labels.entrySet()) {
      all = all.with(label.getKey(), label.getValue());
    }
    byte[] bytes = CompactJson.write(json.with("config", runtime.with("Labels", all)));
    return new ContainerImage(
        names, new ConfigDocument(bytes, "the labelled config"), layers, Optional.empty());
  }

  private static JsonObject object(JsonObject json, String key) throws ImageException {
    JsonValue value = json.get(key);
    return switch (value) {
      case JsonObject object -> object;
      case null -> JsonObject.EMPTY;
      case JsonNull _ -> JsonObject.EMPTY;
      default ->
          throw new ImageException(
              "config: %s: expected an object, found %s".formatted(key, value.kind()));
    };
  }
}
