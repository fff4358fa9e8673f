package dev.slipway.oci;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * JSON as jq 1.6 prints it: two spaces a level, UTF-8 as it is, a newline at the end. Configs and
 * manifests of images that are not layered have this form.
 */
public final class JqJson {
  private static final String HEX = "0123456789abcdef";

  private JqJson() {}

  /** The document that holds {@code value}. */
  public static byte[] write(JsonValue value) {
    return (IndentedJson.write(value, 2, new Spelling()) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static final class Spelling implements IndentedJson.Spelling {
    @Override
    public void string(StringBuilder out, String text) {
      text.codePoints()
          .forEach(c -> {
            switch (c) {
              case '"' -> out.append("\\\"");
              case '\\' -> out.append("\\\\");
              case '\n' -> out.append("\\n");
              case '\r' -> out.append("\\r");
              case '\t' -> out.append("\\t");
              case '\f' -> out.append("\\f");
              case '\b' -> out.append("\\b");
              default -> {
                if (c < ' ' || c == 0x7f) {
                  out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                } else {
                  out.appendCodePoint(scalar(c));
                }
              }
            }
          });
    }

    /**
     * A number as jq would print it after reading it: an integer in full, any other as the shortest
     * text of the nearest double. Where that double is not the number that was written, the number
     * is kept as it was written instead: a value in a config is never changed.
     */
    @Override
    public String number(JsonNumber number) {
      if (number.isInteger()) {
        return number.integer().toString();
      }
      double nearest = Double.parseDouble(number.literal());
      return number.isExactly(nearest) ? shortest(nearest) : number.literal();
    }
  }

  /** Half of a surrogate pair has no form in UTF-8. */
  static int scalar(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE ? 0xfffd : codePoint;
  }

  /** As David Gay's {@code g_fmt.c}, which jq uses, but with two digits of exponent or more. */
  private static String shortest(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String digits = shortest.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    if (exponent >= -4 && exponent < digits.length() + 15) {
      return shortest.toPlainString();
    }
    StringBuilder out = new StringBuilder(value < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    int size = Math.abs(exponent);
    return out.append('e')
        .append(exponent < 0 ? '-' : '+')
        .append(size < 10 ? "0" : "")
        .append(size)
        .toString();
  }
}
