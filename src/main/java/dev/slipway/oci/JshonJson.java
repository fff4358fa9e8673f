package dev.slipway.oci;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;

/**
 * JSON as jshon prints it by means of jansson: one space a level, slashes escaped, UTF-8 as it is,
 * a newline at the end. The documents of Docker's oldest archive format have this form.
 */
public final class JshonJson {
  private static final String HEX = "0123456789ABCDEF";

  /** How many digits jansson prints of a double. */
  private static final int DIGITS = 17;

  private JshonJson() {}

  /** The document that holds {@code value}. */
  public static byte[] write(JsonValue value) {
    return (IndentedJson.write(value, 1, new Spelling()) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static final class Spelling implements IndentedJson.Spelling {
    @Override
    public void string(StringBuilder out, String text) {
      text.codePoints()
          .forEach(c -> {
            switch (c) {
              case '"' -> out.append("\\\"");
              case '\\' -> out.append("\\\\");
              case '/' -> out.append("\\/");
              case '\n' -> out.append("\\n");
              case '\r' -> out.append("\\r");
              case '\t' -> out.append("\\t");
              case '\f' -> out.append("\\f");
              case '\b' -> out.append("\\b");
              default -> {
                if (c < ' ') {
                  out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
                } else {
                  out.appendCodePoint(JqJson.scalar(c));
                }
              }
            }
          });
    }

    /**
     * An integer in full, any other as C's {@code %.17g} prints the nearest double. Where the
     * shortest text of that double is not the number that was written, the number is kept as it was
     * written.
     */
    @Override
    public String number(JsonNumber number) {
      if (number.isInteger()) {
        return number.integer().toString();
      }
      double nearest = Double.parseDouble(number.literal());
      return number.isExactly(nearest) ? general(nearest) : number.literal();
    }
  }

  private static String general(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal rounded =
        new BigDecimal(value)
            .round(new MathContext(DIGITS, RoundingMode.HALF_EVEN))
            .stripTrailingZeros();
    String digits = rounded.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - rounded.scale();
    if (exponent >= -4 && exponent < DIGITS) {
      String plain = rounded.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    StringBuilder out = new StringBuilder(value < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    return out.append('e').append(exponent).toString();
  }
}
