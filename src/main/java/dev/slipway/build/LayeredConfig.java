package dev.slipway.build;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.oci.PythonJson;
import dev.slipway.oci.PythonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The config document of a layered image, in the bytes that dockerTools gives it. It grows with the
 * layers, so that little is left to do when the last one is known.
 */
final class LayeredConfig {
  private final String created;
  private final List<JsonValue> history = new ArrayList<>();
  private final List<String> diffIds = new ArrayList<>();

  /** A config without layers. */
  LayeredConfig(IsoTime created) {
    this.created = created.toString();
  }

  /**
   * Adds a layer on top.
   *
   * @param paths what its history entry lists: store paths, or a base layer's name in its archive
   */
  void add(DiffId diffId, List<String> paths) {
    diffIds.add(diffId.toString());
    history.add(
        JsonObject.EMPTY
            .with("created", created)
            .with("comment", "store paths: " + PythonText.repr(paths)));
  }

  /** The document, hashed and written as it stands. */
  byte[] write(Platform platform, JsonValue config) {
    JsonObject head =
        JsonObject.EMPTY.with("created", created).with("architecture", platform.architecture());
    if (!platform.variant().isEmpty()) {
      head = head.with("variant", platform.variant());
    }
    return PythonJson.write(
        head.with("os", platform.os())
            .with("config", config)
            .with(
                "rootfs",
                JsonObject.EMPTY
                    .with("diff_ids", JsonArray.ofStrings(diffIds))
                    .with("type", "layers"))
            .with("history", new JsonArray(history)));
  }

  /**
   * An image's own runtime config over that of its base: only the environment is inherited. A
   * variable's last value counts, in the place of its first.
   *
   * @param own an object or null
   * @param base the base's runtime config, an object or null
   * @throws ImageException if the environment of either is no list of strings
   */
  static JsonValue inherit(JsonValue own, JsonValue base) throws ImageException {
    List<String> environment = new ArrayList<>(environment(base, "the base image's config"));
    environment.addAll(environment(own, "config"));
    if (environment.isEmpty()) {
      return own;
    }
    Map<String, String> resolved = new LinkedHashMap<>();
    for (String entry : environment) {
      int sign = entry.indexOf('=');
      resolved.put(sign < 0 ? entry : entry.substring(0, sign), entry);
    }
    JsonObject object = own instanceof JsonObject given ? given : JsonObject.EMPTY;
    return object.with("Env", JsonArray.ofStrings(List.copyOf(resolved.values())));
  }

  private static List<String> environment(JsonValue config, String where) throws ImageException {
    JsonValue environment = config instanceof JsonObject object ? object.get("Env") : null;
    List<String> entries = new ArrayList<>();
    switch (environment) {
      case null -> {}
      case JsonNull _ -> {}
      case JsonArray array -> {
        for (JsonValue element : array.elements()) {
          if (!(element instanceof JsonString string)) {
            throw noEnvironment(where, "one with " + element.kind());
          }
          entries.add(string.value());
        }
      }
      default -> throw noEnvironment(where, environment.kind());
    }
    return entries;
  }

  private static ImageException noEnvironment(String where, String found) {
    return new ImageException(where + ": Env: expected a list of strings, found " + found);
  }

  /** The runtime config that a whole config document holds; null if none. */
  static JsonValue runtimeConfig(JsonObject document) {
    JsonValue config = document.get("config");
    return config == null ? JsonNull.NULL : config;
  }
}
