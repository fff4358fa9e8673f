package dev.slipway.oci;

/**
 * A JSON value (RFC 8259), immutable. Objects keep the order of their members and numbers keep the
 * text they were read from: digests depend on both.
 */
public sealed interface JsonValue
    permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

  /**
   * What this is, in the words of an error message: {@code an object}, {@code a string} and so on.
   */
  default String kind() {
    return switch (this) {
      case JsonObject _ -> "an object";
      case JsonArray _ -> "a list";
      case JsonString _ -> "a string";
      case JsonNumber _ -> "a number";
      case JsonBoolean _ -> "a boolean";
      case JsonNull _ -> "null";
    };
  }
}
