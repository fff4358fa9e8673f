package dev.slipway.oci;

import java.util.List;

/**
 * A list.
 *
 * @param elements its elements, in order
 */
public record JsonArray(List<JsonValue> elements) implements JsonValue {
  /** Takes a copy. */
  public JsonArray {
    elements = List.copyOf(elements);
  }

  /** The list of these strings. */
  public static JsonArray ofStrings(List<String> strings) {
    return new JsonArray(strings.stream().<JsonValue>map(JsonString::new).toList());
  }
}
