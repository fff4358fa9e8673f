package dev.slipway.oci;

import java.nio.charset.StandardCharsets;

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
    return IndentedJson.write(value, 4, new Spelling()).getBytes(StandardCharsets.US_ASCII);
  }

  private static final class Spelling implements IndentedJson.Spelling {
    @Override
    public void string(StringBuilder out, String text) {
      int done = 0;
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c < ' ' || c > '~' || c == '"' || c == '\\') {
          out.append(text, done, i);
          escape(out, c);
          done = i + 1;
        }
      }
      out.append(text, done, text.length());
    }

    private static void escape(StringBuilder out, char c) {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\f' -> out.append("\\f");
        case '\b' -> out.append("\\b");
        default ->
            out.append("\\u")
                .append(HEX.charAt(c >> 12))
                .append(HEX.charAt((c >> 8) & 15))
                .append(HEX.charAt((c >> 4) & 15))
                .append(HEX.charAt(c & 15));
      }
    }

    /**
     * A number as Python would print it after reading it: an integer in full, any other as the
     * shortest text of the nearest double. Where that double is not the number that was written,
     * the number is kept as it was written instead: a value in a config is never changed.
     */
    @Override
    public String number(JsonNumber number) {
      if (number.isInteger()) {
        return number.integer().toString();
      }
      double nearest = Double.parseDouble(number.literal());
      return number.isExactly(nearest) ? PythonText.repr(nearest) : number.literal();
    }
  }
}
