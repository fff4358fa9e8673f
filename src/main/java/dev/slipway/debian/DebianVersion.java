package dev.slipway.debian;

/**
 * A package's version, ordered as deb-version(7) says.
 *
 * @param text the version as it is written: {@code [EPOCH:]UPSTREAM[-REVISION]}
 */
public record DebianVersion(String text) implements Comparable<DebianVersion> {
  private static final int END = 0;
  private static final int TILDE = -1;
  private static final int AFTER_LETTERS = 256;

  /** Refuses what is no version. */
  public DebianVersion {
    if (text.isEmpty() || !text.chars().allMatch(DebianVersion::isAllowed)) {
      throw new IllegalArgumentException("'" + text + "' is no version of a Debian package");
    }
  }

  private static boolean isAllowed(int c) {
    return isDigit(c) || isLetter(c) || ".+-~:".indexOf(c) >= 0;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isLetter(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private String epoch() {
    int colon = text.indexOf(':');
    return colon < 0 ? "" : text.substring(0, colon);
  }

  private String upstream() {
    String rest = text.substring(text.indexOf(':') + 1);
    int dash = rest.lastIndexOf('-');
    return dash < 0 ? rest : rest.substring(0, dash);
  }

  private String revision() {
    int dash = text.lastIndexOf('-');
    return dash < 0 ? "" : text.substring(dash + 1);
  }

  @Override
  public int compareTo(DebianVersion other) {
    int epochs = compare(epoch(), other.epoch());
    if (epochs != 0) {
      return epochs;
    }
    int upstreams = compare(upstream(), other.upstream());
    return upstreams != 0 ? upstreams : compare(revision(), other.revision());
  }

  /** Compares runs of other characters and numbers in turn. */
  private static int compare(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while ((i < a.length() && !isDigit(a.charAt(i)))
          || (j < b.length() && !isDigit(b.charAt(j)))) {
        int difference = Integer.compare(order(a, i), order(b, j));
        if (difference != 0) {
          return difference;
        }
        i++;
        j++;
      }
      int endA = numberEnd(a, i);
      int endB = numberEnd(b, j);
      int difference = compareNumbers(number(a, i, endA), number(b, j, endB));
      if (difference != 0) {
        return difference;
      }
      i = endA;
      j = endB;
    }
    return 0;
  }

  /** A tilde comes before the end, that before letters, these before all else. */
  private static int order(String text, int place) {
    if (place >= text.length() || isDigit(text.charAt(place))) {
      return END;
    }
    char c = text.charAt(place);
    if (c == '~') {
      return TILDE;
    }
    return isLetter(c) ? c : c + AFTER_LETTERS;
  }

  private static int numberEnd(String text, int from) {
    int end = Math.min(from, text.length());
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static String number(String text, int from, int to) {
    int start = Math.min(from, text.length());
    while (start < to && text.charAt(start) == '0') {
      start++;
    }
    return start >= to ? "" : text.substring(start, to);
  }

  private static int compareNumbers(String a, String b) {
    return a.length() != b.length() ? Integer.compare(a.length(), b.length()) : a.compareTo(b);
  }

  @Override
  public String toString() {
    return text;
  }
}
