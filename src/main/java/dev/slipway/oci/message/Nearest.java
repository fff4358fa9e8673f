package dev.slipway.oci.message;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.DamerauLevenshteinDistance;

/** Finds the known word that someone most likely meant. */
public final class Nearest {
  private Nearest() {}

  /**
   * The word of {@code words} that takes the fewest typing errors to become {@code word}, case
   * apart; a word cut short counts as one error. Of several it is the first; empty if there are no
   * words.
   */
  public static Optional<String> to(String word, Collection<String> words) {
    DamerauLevenshteinDistance distance = new DamerauLevenshteinDistance();
    String typed = word.substring(0, Math.min(word.length(), 100)).toLowerCase(Locale.ROOT);
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : words) {
      String known = candidate.toLowerCase(Locale.ROOT);
      int errors = cutShort(typed, known) ? 1 : distance.apply(typed, known);
      if (errors < least) {
        least = errors;
        best = candidate;
      }
    }
    return Optional.ofNullable(best);
  }

  private static boolean cutShort(String typed, String known) {
    return typed.length() >= 3 && known.startsWith(typed) && !known.equals(typed);
  }

  /** {@code ; the nearest known one is 'x'}, or nothing if nothing is known. */
  public static String hint(String word, Collection<String> known) {
    return to(word, known).map(best -> "; the nearest known one is '" + best + "'").orElse("");
  }
}
