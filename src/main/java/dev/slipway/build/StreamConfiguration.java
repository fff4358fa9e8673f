package dev.slipway.build;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.store.StoreSettings;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What dockerTools hands to its stream program: an image that is planned but not written.
 *
 * @param platform what the image is for
 * @param config the runtime config, an object or null, written as it stands
 * @param created the time of creation
 * @param mtime the mtime of layer members and outer members
 * @param uid the owner's number of all members of store layers
 * @param gid the group's number
 * @param uname the owner's name
 * @param gname the group's name
 * @param storeDir the logical store directory
 * @param fromImage the path of the base image's archive
 * @param storeLayers the store paths of each layer
 * @param customisationLayer the path of a directory with {@code layer.tar} and {@code checksum}
 * @param customisationName what the history calls that layer
 * @param repoTag name and tag of the image
 * @param objects the path of a folder with store objects that may be in no store
 */
public record StreamConfiguration(
    Platform platform,
    JsonValue config,
    IsoTime created,
    IsoTime mtime,
    long uid,
    long gid,
    String uname,
    String gname,
    String storeDir,
    Optional<String> fromImage,
    List<List<String>> storeLayers,
    String customisationLayer,
    String customisationName,
    String repoTag,
    Optional<String> objects) {

  /**
   * Reads the document that dockerTools writes. Fields beside those of this record are passed over,
   * as the original does.
   *
   * @param what names the document in errors
   * @param now the moment of streaming, for times that are {@code now}
   * @throws ImageException if a field is missing or not what it should be; the field is named
   */
  public static StreamConfiguration parse(JsonValue document, String what, Instant now)
      throws ImageException {
    if (!(document instanceof JsonObject object)) {
      throw new ImageException(what + ": expected an object, found " + document.kind());
    }
    return new Reader(object, what, IsoTime.of(now)).read();
  }

  /** The document that {@link #parse} reads. */
  public JsonObject json() {
    List<JsonValue> layers = new ArrayList<>();
    storeLayers.forEach(layer -> layers.add(JsonArray.ofStrings(layer)));
    JsonValue base = fromImage.isPresent() ? new JsonString(fromImage.get()) : JsonNull.NULL;
    JsonObject named = JsonObject.EMPTY.with("architecture", platform.architecture());
    if (!platform.variant().isEmpty()) {
      named = named.with("variant", platform.variant());
    }
    JsonObject all =
        named
            .with("os", platform.os())
            .with("config", config)
            .with("created", created.toString())
            .with("mtime", mtime.toString())
            .with("uid", Long.toString(uid))
            .with("gid", Long.toString(gid))
            .with("uname", uname)
            .with("gname", gname)
            .with("store_dir", storeDir)
            .with("from_image", base)
            .with("store_layers", new JsonArray(layers))
            .with("customisation_layer", customisationLayer)
            .with("customisation_name", customisationName)
            .with("repo_tag", repoTag);
    return objects.isPresent() ? all.with("objects", objects.get()) : all;
  }

  /** The fields of a document, by name, each refused where it is not what it should be. */
  private record Reader(JsonObject object, String what, IsoTime now) {
    StreamConfiguration read() throws ImageException {
      JsonValue config = required("config");
      if (!(config instanceof JsonObject) && config != JsonNull.NULL) {
        throw fault("config", "an object", config);
      }
      IsoTime created = time("created");
      return new StreamConfiguration(
          new Platform(
              isGiven("os") ? word("os") : "linux",
              word("architecture"),
              isGiven("variant") ? string("variant") : ""),
          config,
          created,
          isGiven("mtime") ? time("mtime") : created,
          id("uid"),
          id("gid"),
          text("uname"),
          text("gname"),
          storeDir(),
          isGiven("from_image") ? Optional.of(path("from_image")) : Optional.empty(),
          layers(),
          path("customisation_layer"),
          text(isGiven("customisation_name") ? "customisation_name" : "customisation_layer"),
          string("repo_tag"),
          isGiven("objects") ? Optional.of(path("objects")) : Optional.empty());
    }

    private ImageException fault(String field, String expected, JsonValue found) {
      return new ImageException(
          what + ": " + field + ": expected " + expected + ", found " + found.kind());
    }

    private JsonValue required(String field) throws ImageException {
      JsonValue value = object.get(field);
      if (value == null) {
        throw new ImageException(what + ": field '" + field + "' is missing");
      }
      return value;
    }

    private String word(String field) throws ImageException {
      String word = string(field);
      if (word.isEmpty()) {
        throw new ImageException(
            what + ": " + field + ": expected a string that is not empty, found an empty one");
      }
      return word;
    }

    private String string(String field) throws ImageException {
      JsonValue value = required(field);
      if (value instanceof JsonString string) {
        return string.value();
      }
      throw fault(field, "a string", value);
    }

    private boolean isGiven(String field) {
      JsonValue value = object.get(field);
      return value != null && value != JsonNull.NULL;
    }

    /** A string that has bytes in UTF-8, which half of a surrogate pair has not. */
    private String text(String field) throws ImageException {
      String text = string(field);
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw new ImageException(
            what + ": " + field + ": expected text, found half of a surrogate pair");
      }
      return text;
    }

    private String path(String field) throws ImageException {
      String path = text(field);
      if (path.isEmpty() || path.indexOf('\0') >= 0) {
        throw new ImageException(what + ": " + field + ": expected a path, found '" + path + "'");
      }
      return path;
    }

    private String storeDir() throws ImageException {
      String directory = path("store_dir");
      if (!StoreSettings.isStoreDir(directory)) {
        throw new ImageException(
            what
                + ": store_dir: expected an absolute path without a slash at its end, found '"
                + directory
                + "'");
      }
      return directory;
    }

    private IsoTime time(String field) throws ImageException {
      String text = string(field);
      if (text.equals("now")) {
        return now;
      }
      try {
        return IsoTime.parse(text);
      } catch (IllegalArgumentException e) {
        throw new ImageException(what + ": " + field + ": " + e.getMessage(), e);
      }
    }

    private long id(String field) throws ImageException {
      JsonValue value = required(field);
      String text;
      if (value instanceof JsonString string) {
        text = string.value();
      } else if (value instanceof JsonNumber number) {
        text = number.literal();
      } else {
        throw fault(field, "a number", value);
      }
      try {
        long id = Long.parseLong(text.strip());
        if (id >= 0) {
          return id;
        }
      } catch (NumberFormatException e) {
        // Said below, as for a negative number.
      }
      throw new ImageException(
          what + ": " + field + ": expected a number from 0 on, found '" + text + "'");
    }

    private List<List<String>> layers() throws ImageException {
      JsonValue value = required("store_layers");
      if (!(value instanceof JsonArray layers)) {
        throw fault("store_layers", "a list of lists of store paths", value);
      }
      List<List<String>> result = new ArrayList<>();
      for (JsonValue layer : layers.elements()) {
        if (!(layer instanceof JsonArray paths)) {
          throw fault("store_layers[" + result.size() + "]", "a list of store paths", layer);
        }
        List<String> group = new ArrayList<>();
        for (JsonValue path : paths.elements()) {
          if (!(path instanceof JsonString string)) {
            throw fault(
                "store_layers[" + result.size() + "][" + group.size() + "]", "a store path", path);
          }
          group.add(string.value());
        }
        result.add(List.copyOf(group));
      }
      return List.copyOf(result);
    }
  }
}
