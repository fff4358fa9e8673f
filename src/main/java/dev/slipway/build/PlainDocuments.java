package dev.slipway.build;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JqJson;
import dev.slipway.oci.JshonJson;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import java.util.List;
import java.util.Optional;

/** The documents of an image that is not layered, in the bytes that dockerTools gives them. */
final class PlainDocuments {
  private static final String ENV = "Env";

  private final JsonValue config;
  private final String created;
  private final JsonObject base;

  /**
   * @param config the runtime config, an object or null
   * @param platform what the image is for
   * @param created the time of creation
   */
  PlainDocuments(JsonValue config, Platform platform, String created) {
    this.config = config instanceof JsonObject object ? object.sorted() : config;
    this.created = created;
    // What Nix makes of an attribute set: its names sorted, also one that is there by accident.
    JsonObject document =
        JsonObject.EMPTY
            .with("architecture", platform.architecture())
            .with("config", this.config)
            .with("created", created)
            .with("os", platform.os())
            .with("preferLocalBuild", new JsonBoolean(true));
    this.base =
        platform.variant().isEmpty() ? document : document.with("variant", platform.variant());
  }

  /**
   * What stood beside a layer in Docker's oldest format.
   *
   * @param json the document
   * @param id the digest of all of it but the id and the size
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record LayerDocument(byte[] json, Digest id) {}

  /** The document of a layer before anything is known of other layers. */
  byte[] unnamedLayer(String checksum) {
    return JshonJson.write(base.with("checksum", checksum));
  }

  /**
   * The document of the layer on top.
   *
   * @param checksum the tarsum of what it began with
   * @param parent the digest of the base's config
   * @param size the size of its tar in bytes
   */
  LayerDocument layer(String checksum, Optional<Digest> parent, long size) {
    JsonObject json = base.with("checksum", checksum);
    if (parent.isPresent()) {
      json = json.with("parent", parent.get().hex());
    }
    Digest id = Digest.of(JshonJson.write(json));
    return new LayerDocument(
        JshonJson.write(json.with("id", id.hex()).with("Size", JsonNumber.of(size))), id);
  }

  /**
   * The image's config.
   *
   * @param inherited the base's runtime config; empty if there is no base
   * @param diffIds the layers, from the bottom
   * @throws ImageException if an environment that is inherited, or inherits, is no list of strings
   */
  byte[] config(Optional<JsonValue> inherited, List<DiffId> diffIds) throws ImageException {
    JsonValue merged =
        inherited.isEmpty() ? config : LayeredConfig.inherit(config, inherited.get());
    JsonObject runtime = merged instanceof JsonObject object ? object : JsonObject.EMPTY;
    JsonValue environment = runtime.get(ENV);
    if (environment == null || environment == JsonNull.NULL) {
      runtime = runtime.with(ENV, new JsonArray(List.of()));
    }
    JsonValue entry = JsonObject.EMPTY.with("created", created);
    return JqJson.write(
        base.with("config", runtime)
            .with(
                "rootfs",
                JsonObject.EMPTY
                    .with(
                        "diff_ids",
                        JsonArray.ofStrings(diffIds.stream().map(DiffId::toString).toList()))
                    .with("type", "layers"))
            .with("history", new JsonArray(diffIds.stream().map(_ -> entry).toList())));
  }

  /** The archive's {@code manifest.json}. */
  static byte[] manifest(String repoTag, List<String> layers, String configName) {
    JsonObject image =
        JsonObject.EMPTY
            .with("RepoTags", JsonArray.ofStrings(List.of(repoTag)))
            .with("Layers", JsonArray.ofStrings(layers))
            .with("Config", new JsonString(configName));
    return JqJson.write(new JsonArray(List.of(image)));
  }

  /** The archive's {@code repositories}. */
  static byte[] repositories(String name, String tag, Digest topLayer) {
    return JshonJson.write(JsonObject.EMPTY.with(name, JsonObject.EMPTY.with(tag, topLayer.hex())));
  }
}
