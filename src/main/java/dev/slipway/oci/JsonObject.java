package dev.slipway.oci;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * An object.
 *
 * @param members its members, in order
 */
public record JsonObject(SequencedMap<String, JsonValue> members) implements JsonValue {
  /** The object without members. */
  public static final JsonObject EMPTY = new JsonObject(new LinkedHashMap<>());

  /** Takes a copy. */
  public JsonObject {
    members = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(members));
  }

  /** The value of {@code key}; null if there is no such member, {@link JsonNull} if it is null. */
  public @Nullable JsonValue get(String key) {
    return members.get(key);
  }

  /** This object with {@code key} set: in its old place if it was there, else at the end. */
  public JsonObject with(String key, JsonValue value) {
    SequencedMap<String, JsonValue> changed = new LinkedHashMap<>(members);
    changed.put(key, value);
    return new JsonObject(changed);
  }

  /** This object with {@code key} set to a string. */
  public JsonObject with(String key, String value) {
    return with(key, new JsonString(value));
  }

  /**
   * This object with its keys, and those of all objects in it, in the byte order of their UTF-8, as
   * Nix writes attribute sets.
   */
  public JsonObject sorted() {
    SequencedMap<String, JsonValue> ordered = new LinkedHashMap<>();
    members.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(CodePoints.ORDER))
        .forEach(member -> ordered.put(member.getKey(), sorted(member.getValue())));
    return new JsonObject(ordered);
  }

  private static JsonValue sorted(JsonValue value) {
    return switch (value) {
      case JsonObject object -> object.sorted();
      case JsonArray array ->
          new JsonArray(array.elements().stream().map(JsonObject::sorted).toList());
      default -> value;
    };
  }
}
