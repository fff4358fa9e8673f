package dev.slipway.build;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What dockerTools hands to its stream program: an image that is planned but not written.
 *
 * @param architecture the CPU architecture, as Go names it
 * @param os the operating system, as Go names it
 * @param config the runtime config, an object or null, written as it stands
 * @param created the time of creation; empty for the moment of streaming
 * @param mtime the mtime of layer members and outer members; empty for that of {@code created}
 * @param uid the owner's number of all members of store layers
 * @param gid the group's number
 * @param uname the owner's name
 * @param gname the group's name
 * @param storeDir the logical store directory
 * @param fromImage the path of the base image's archive
 * @param storeLayers the store paths of each layer
 * @param customisationLayer the path of a directory with {@code layer.tar} and {@code checksum}
 * @param repoTag name and tag of the image
 */
public record StreamConfiguration(
    String architecture,
    String os,
    JsonValue config,
    Optional<IsoTime> created,
    Optional<IsoTime> mtime,
    long uid,
    long gid,
    String uname,
    String gname,
    String storeDir,
    Optional<String> fromImage,
    List<List<String>> storeLayers,
    String customisationLayer,
    String repoTag) {

  /**
   * Reads the document that dockerTools writes. Fields beside those of this record are passed over,
   * as the original does.
   *
   * @param what names the document in errors
   * @throws ImageException if a field is missing or not what it should be; the field is named
   */
  public static StreamConfiguration parse(JsonValue document, String what) throws ImageException {
    if (!(document instanceof JsonObject object)) {
      throw new ImageException(what + ": expected an object, found " + document.kind());
    }
    return new Reader(object, what).read();
  }

  /** The fields of a document, by name, each refused where it is not what it should be. */
  private record Reader(JsonObject object, String what) {
    StreamConfiguration read() throws ImageException {
      JsonValue config = required("config");
      if (!(config instanceof JsonObject) && config != JsonNull.NULL) {
        throw fault("config", "an object", config);
      }
      return new StreamConfiguration(
          string("architecture"),
          object.get("os") == null ? "linux" : string("os"),
          config,
          time("created"),
          object.get("mtime") == null ? Optional.empty() : time("mtime"),
          id("uid"),
          id("gid"),
          string("uname"),
          string("gname"),
          string("store_dir"),
          optionalString("from_image"),
          layers(),
          string("customisation_layer"),
          string("repo_tag"));
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

    private String string(String field) throws ImageException {
      JsonValue value = required(field);
      if (value instanceof JsonString string) {
        return string.value();
      }
      throw fault(field, "a string", value);
    }

    private Optional<String> optionalString(String field) throws ImageException {
      @Nullable JsonValue value = object.get(field);
      return value == null || value == JsonNull.NULL
          ? Optional.empty()
          : Optional.of(string(field));
    }

    private Optional<IsoTime> time(String field) throws ImageException {
      String text = string(field);
      if (text.equals("now")) {
        return Optional.empty();
      }
      try {
        return Optional.of(IsoTime.parse(text));
      } catch (IllegalArgumentException e) {
        throw new ImageException(what + ": " + field + ": " + e.getMessage(), e);
      }
    }

    private long id(String field) throws ImageException {
      JsonValue value = required(field);
      String text =
          switch (value) {
            case JsonString string -> string.value();
            case JsonNumber number -> number.literal();
            default -> throw fault(field, "a number", value);
          };
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
