package dev.slipway.oci;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a document of the specification, read strictly.
 *
 * @param object the object that has them
 * @param where names it in errors
 */
record JsonFields(JsonObject object, String where) {
  private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

  static JsonFields parse(byte[] document, String what) throws ImageException {
    JsonValue value = Json.parse(document, what, JsonLimits.FOREIGN);
    if (!(value instanceof JsonObject object)) {
      throw new ImageException("%s: expected an object, found %s".formatted(what, value.kind()));
    }
    return new JsonFields(object, what);
  }

  /** Whether the field is there; Go's programs write null for what is not. */
  boolean has(String key) {
    return find(key) != null;
  }

  private @Nullable JsonValue find(String key) {
    JsonValue value = object.get(key);
    return value == JsonNull.NULL ? null : value;
  }

  String string(String key) throws ImageException {
    return optionalString(key).orElseThrow(() -> unexpected(key, "a string", null));
  }

  Optional<String> optionalString(String key) throws ImageException {
    return switch (find(key)) {
      case null -> Optional.empty();
      case JsonString string -> Optional.of(string.value());
      case JsonValue other -> throw unexpected(key, "a string", other);
    };
  }

  /** A whole number from 0 on. */
  long size(String key) throws ImageException {
    JsonValue value = find(key);
    if (value instanceof JsonNumber number && number.isInteger()) {
      BigInteger size = number.integer();
      if (size.signum() >= 0 && size.compareTo(MOST) <= 0) {
        return size.longValueExact();
      }
      throw new ImageException(
          "%s: expected a size from 0 on, found %s".formatted(path(key), number.literal()));
    }
    throw unexpected(key, "a whole number", value);
  }

  JsonFields fields(String key) throws ImageException {
    return optionalFields(key).orElseThrow(() -> unexpected(key, "an object", null));
  }

  Optional<JsonFields> optionalFields(String key) throws ImageException {
    return switch (find(key)) {
      case null -> Optional.empty();
      case JsonObject found -> Optional.of(new JsonFields(found, path(key)));
      case JsonValue other -> throw unexpected(key, "an object", other);
    };
  }

  private List<JsonValue> list(String key) throws ImageException {
    return switch (find(key)) {
      case null -> List.of();
      case JsonArray array -> array.elements();
      case JsonValue other -> throw unexpected(key, "a list", other);
    };
  }

  List<String> strings(String key) throws ImageException {
    List<String> strings = new ArrayList<>();
    for (JsonValue value : list(key)) {
      if (!(value instanceof JsonString string)) {
        throw unexpected(key, "strings", value);
      }
      strings.add(string.value());
    }
    return strings;
  }

  Map<String, String> texts(String key) throws ImageException {
    Map<String, String> texts = new LinkedHashMap<>();
    Optional<JsonFields> fields = optionalFields(key);
    if (fields.isPresent()) {
      for (String name : fields.get().object().members().keySet()) {
        texts.put(name, fields.get().string(name));
      }
    }
    return texts;
  }

  Digest digest(String key) throws ImageException {
    String text = string(key);
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          "%s: expected a sha256 digest, found '%s'".formatted(path(key), text), e);
    }
  }

  Descriptor descriptor(String key) throws ImageException {
    return fields(key).descriptor();
  }

  List<Descriptor> descriptors(String key) throws ImageException {
    List<Descriptor> descriptors = new ArrayList<>();
    List<JsonValue> elements = list(key);
    for (int i = 0; i < elements.size(); i++) {
      if (!(elements.get(i) instanceof JsonObject element)) {
        throw unexpected(key, "objects", elements.get(i));
      }
      descriptors.add(new JsonFields(element, path(key) + "[" + i + "]").descriptor());
    }
    return descriptors;
  }

  private Descriptor descriptor() throws ImageException {
    return new Descriptor(
        new MediaType(string("mediaType")),
        digest("digest"),
        size("size"),
        platform(),
        strings("urls"),
        texts("annotations"));
  }

  private Optional<Platform> platform() throws ImageException {
    Optional<JsonFields> fields = optionalFields("platform");
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    String os = fields.get().optionalString("os").orElse("");
    String architecture = fields.get().optionalString("architecture").orElse("");
    // Some list what runs nowhere with empty names.
    return os.isEmpty() || architecture.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Platform(os, architecture, fields.get().optionalString("variant").orElse("")));
  }

  private String path(String key) {
    return where + "." + key;
  }

  private ImageException unexpected(String key, String expected, @Nullable JsonValue found) {
    return new ImageException(
        "%s: expected %s, found %s"
            .formatted(path(key), expected, found == null ? "nothing" : found.kind()));
  }
}
