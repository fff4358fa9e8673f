package dev.slipway.oci;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;

/**
 * JSON without a space, as Go's {@code encoding/json} writes it: UTF-8 as it is, but for the signs
 * that HTML gives a meaning. The documents that registries hold have this form.
 */
public final class CompactJson {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder out = new StringBuilder();

  private CompactJson() {}

  /** The document that holds {@code value}. */
  public static byte[] write(JsonValue value) {
    CompactJson json = new CompactJson();
    json.append(value);
    return json.out.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void append(JsonValue value) {
    switch (value) {
      case JsonObject object -> {
        out.append('{');
        Iterator<Map.Entry<String, JsonValue>> members = object.members().entrySet().iterator();
        while (members.hasNext()) {
          Map.Entry<String, JsonValue> member = members.next();
          string(member.getKey());
          out.append(':');
          append(member.getValue());
          if (members.hasNext()) {
            out.append(',');
          }
        }
        out.append('}');
      }
      case JsonArray array -> {
        out.append('[');
        Iterator<JsonValue> elements = array.elements().iterator();
        while (elements.hasNext()) {
          append(elements.next());
          if (elements.hasNext()) {
            out.append(',');
          }
        }
        out.append(']');
      }
      case JsonString string -> string(string.value());
      case JsonNumber number -> out.append(number.literal());
      case JsonBoolean bool -> out.append(bool.value());
      case JsonNull _ -> out.append("null");
    }
  }

  private void string(String text) {
    out.append('"');
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case '<', '>', '&' ->
                out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            case 0x2028, 0x2029 -> out.append("\\u202").append(HEX.charAt(c & 15));
            default -> {
              if (c < ' ') {
                out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
              } else {
                out.appendCodePoint(JqJson.scalar(c));
              }
            }
          }
        });
    out.append('"');
  }
}
