package dev.slipway.oci;

import java.util.Iterator;
import java.util.Map;

/**
 * JSON over several lines, one value a line, which programs write alike but for the indentation and
 * for how they spell strings and numbers.
 */
final class IndentedJson {
  private final int indentation;
  private final Spelling spelling;
  private final StringBuilder out = new StringBuilder();

  /** How a program spells what is neither list nor object. */
  interface Spelling {
    /** Appends {@code text} without the quotes around it. */
    void string(StringBuilder out, String text);

    /** The text of {@code number}. */
    String number(JsonNumber number);
  }

  private IndentedJson(int indentation, Spelling spelling) {
    this.indentation = indentation;
    this.spelling = spelling;
  }

  /** The text of {@code value} with so many spaces a level and without a newline at the end. */
  static String write(JsonValue value, int indentation, Spelling spelling) {
    IndentedJson json = new IndentedJson(indentation, spelling);
    json.append(value, 0);
    return json.out.toString();
  }

  private void append(JsonValue value, int depth) {
    switch (value) {
      case JsonObject object -> appendObject(object, depth);
      case JsonArray array -> appendArray(array, depth);
      case JsonString string -> appendString(string.value());
      case JsonNumber number -> out.append(spelling.number(number));
      case JsonBoolean bool -> out.append(bool.value());
      case JsonNull _ -> out.append("null");
    }
  }

  private void appendObject(JsonObject object, int depth) {
    if (object.members().isEmpty()) {
      out.append("{}");
      return;
    }
    out.append('{');
    Iterator<Map.Entry<String, JsonValue>> members = object.members().entrySet().iterator();
    while (members.hasNext()) {
      Map.Entry<String, JsonValue> member = members.next();
      newLine(depth + 1);
      appendString(member.getKey());
      out.append(": ");
      append(member.getValue(), depth + 1);
      if (members.hasNext()) {
        out.append(',');
      }
    }
    newLine(depth);
    out.append('}');
  }

  private void appendArray(JsonArray array, int depth) {
    if (array.elements().isEmpty()) {
      out.append("[]");
      return;
    }
    out.append('[');
    Iterator<JsonValue> elements = array.elements().iterator();
    while (elements.hasNext()) {
      newLine(depth + 1);
      append(elements.next(), depth + 1);
      if (elements.hasNext()) {
        out.append(',');
      }
    }
    newLine(depth);
    out.append(']');
  }

  private void newLine(int depth) {
    out.append('\n').repeat(' ', indentation * depth);
  }

  private void appendString(String text) {
    out.append('"');
    spelling.string(out, text);
    out.append('"');
  }
}
