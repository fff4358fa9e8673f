package dev.slipway.oci;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * A number, kept as the text it was written in, so that no digit of it is lost.
 *
 * @param literal a number in JSON's grammar
 */
public record JsonNumber(String literal) implements JsonValue {
  private static final Pattern GRAMMAR =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

  /** Refuses what JSON's grammar refuses. */
  public JsonNumber {
    if (!GRAMMAR.matcher(literal).matches()) {
      throw new IllegalArgumentException("not a JSON number: " + literal);
    }
  }

  /** The number of this value. */
  public static JsonNumber of(long value) {
    return new JsonNumber(Long.toString(value));
  }

  /** Whether it is written without fraction and exponent. */
  public boolean isInteger() {
    for (int i = 0; i < literal.length(); i++) {
      if (".eE".indexOf(literal.charAt(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Its value, if {@link #isInteger}.
   *
   * @throws NumberFormatException if it is not an integer
   */
  public BigInteger integer() {
    return new BigInteger(literal);
  }

  /**
   * Its exact value.
   *
   * @throws NumberFormatException if its exponent is beyond 32 bits
   */
  public BigDecimal decimal() {
    return new BigDecimal(literal);
  }

  /** Whether it is what the shortest text that reads back as {@code value} says. */
  boolean isExactly(double value) {
    if (Double.isInfinite(value)) {
      return false;
    }
    try {
      return new BigDecimal(Double.toString(value)).compareTo(decimal()) == 0;
    } catch (NumberFormatException e) {
      return false; // An exponent that not even BigDecimal holds.
    }
  }
}
