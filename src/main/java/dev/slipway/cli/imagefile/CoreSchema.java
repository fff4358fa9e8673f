package dev.slipway.cli.imagefile;

import java.math.BigInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a plain scalar means (YAML 1.2.2, chapter 10.3, "Core Schema"). Numbers are put into JSON's
 * grammar without a change of value.
 */
final class CoreSchema {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");
  private static final Pattern NOT_A_NUMBER =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final Pattern OCTAL = Pattern.compile("0o[0-7]+");
  private static final Pattern HEXADECIMAL = Pattern.compile("0x[0-9a-fA-F]+");

  private CoreSchema() {}

  static Node resolve(String text, Position at) throws ImageFileException {
    if (isNull(text)) {
      return new Node.Null(at);
    }
    Boolean bool = bool(text);
    if (bool != null) {
      return new Node.Bool(at, bool);
    }
    String number = number(text, at);
    return number == null ? new Node.Text(at, text) : new Node.Numeral(at, number);
  }

  static boolean isNull(String text) {
    return switch (text) {
      case "", "~", "null", "Null", "NULL" -> true;
      default -> false;
    };
  }

  static @Nullable Boolean bool(String text) {
    return switch (text) {
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      default -> null;
    };
  }

  /** The number that {@code text} is, in JSON's grammar; null if it is none. */
  static @Nullable String number(String text, Position at) throws ImageFileException {
    if (text.isEmpty() || "+-.0123456789".indexOf(text.charAt(0)) < 0) {
      return null;
    }
    if (NOT_A_NUMBER.matcher(text).matches()) {
      throw new ImageFileException(at, "'" + text + "' is a number that JSON does not have");
    }
    boolean octal = OCTAL.matcher(text).matches();
    boolean hexadecimal = HEXADECIMAL.matcher(text).matches();
    boolean decimal = NUMBER.matcher(text).matches();
    if (!octal && !hexadecimal && !decimal) {
      return null;
    }
    if (text.length() > Documents.MAX_NUMBER_LENGTH) {
      throw new ImageFileException(
          at, "the number is longer than " + Documents.MAX_NUMBER_LENGTH + " digits");
    }
    if (decimal) {
      return canonical(text);
    }
    return new BigInteger(text.substring(2), octal ? 8 : 16).toString();
  }

  private static String canonical(String text) {
    int start = text.charAt(0) == '+' || text.charAt(0) == '-' ? 1 : 0;
    int end = start;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    int first = start;
    while (first < end - 1 && text.charAt(first) == '0') {
      first++;
    }
    StringBuilder out = new StringBuilder(text.charAt(0) == '-' ? "-" : "");
    out.append(start == end ? "0" : text.substring(first, end));
    if (end < text.length() && text.charAt(end) == '.') {
      boolean bare = end + 1 == text.length() || !Character.isDigit(text.charAt(end + 1));
      out.append(bare ? ".0" : ".");
      end++;
    }
    return out.append(text, end, text.length()).toString();
  }
}
