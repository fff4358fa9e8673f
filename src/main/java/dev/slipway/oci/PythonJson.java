package dev.slipway.oci;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;

/**
 * JSON as Python's {@code json.dumps(value, indent=4)} writes it (library reference, "json"): four
 * spaces a level, ASCII only, no newline at the end. Configs and manifests of layered images have
 * this form.
 */
public final class PythonJson {
  private static final String HEX = "0123456789abcdef";

  private PythonJson() {}

  /** The document that holds {@code value}. */
  public static byte[] write(JsonValue value) {
    StringBuilder out = new StringBuilder();
    append(out, value, 0);
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static void append(StringBuilder out, JsonValue value, int depth) {
    switch (value) {
      case JsonObject object -> appendObject(out, object, depth);
      case JsonArray array -> appendArray(out, array, depth);
      case JsonString string -> appendString(out, string.value());
      case JsonNumber number -> out.append(number(number));
      case JsonBoolean bool -> out.append(bool.value());
      case JsonNull _ -> out.append("null");
    }
  }

  private static void appendObject(StringBuilder out, JsonObject object, int depth) {
    if (object.members().isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    Iterator<Map.Entry<String, JsonValue>> members = object.members().entrySet().iterator();
    while (members.hasNext()) {
      Map.Entry<String, JsonValue> member = members.next();
      newLine(out, depth + 1);
      appendString(out, member.getKey());
      out.append(": ");
      append(out, member.getValue(), depth + 1);
      if (members.hasNext()) {
        out.append(',');
      }
    }
    newLine(out, depth);
    out.append('}');
  }

  private static void appendArray(StringBuilder out, JsonArray array, int depth) {
    if (array.elements().isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    Iterator<JsonValue> elements = array.elements().iterator();
    while (elements.hasNext()) {
      newLine(out, depth + 1);
      append(out, elements.next(), depth + 1);
      if (elements.hasNext()) {
        out.append(',');
      }
    }
    newLine(out, depth);
    out.append(']');
  }

  private static void newLine(StringBuilder out, int depth) {
    out.append('\n').repeat(' ', 4 * depth);
  }

  private static void appendString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default -> {
          if (c >= ' ' && c <= '~') {
            out.append(c);
          } else {
            out.append("\\u")
                .append(HEX.charAt(c >> 12))
                .append(HEX.charAt((c >> 8) & 15))
                .append(HEX.charAt((c >> 4) & 15))
                .append(HEX.charAt(c & 15));
          }
        }
      }
    }
    out.append('"');
  }

  /**
   * A number as Python would print it after reading it: an integer in full, any other as the
   * shortest text of the nearest double. Where that double is not the number that was written, the
   * number is kept as it was written instead: a value in a config is never changed.
   */
  private static String number(JsonNumber number) {
    if (number.isInteger()) {
      return number.integer().toString();
    }
    double nearest = Double.parseDouble(number.literal());
    return isExactly(number, nearest) ? PythonText.repr(nearest) : number.literal();
  }

  private static boolean isExactly(JsonNumber number, double nearest) {
    if (Double.isInfinite(nearest)) {
      return false;
    }
    try {
      BigDecimal printed = new BigDecimal(Double.toString(nearest));
      return printed.compareTo(number.decimal()) == 0;
    } catch (NumberFormatException e) {
      return false; // An exponent that not even BigDecimal holds.
    }
  }
}
