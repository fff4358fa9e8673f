package dev.slipway.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How a registry wants to be convinced (RFC 9110, section 11.6.1).
 *
 * @param scheme the way, in lower case
 * @param parameters what else is to be known, keys in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  Challenge {
    parameters = Map.copyOf(parameters);
  }

  Optional<String> parameter(String key) {
    return Optional.ofNullable(parameters.get(key)).filter(value -> !value.isEmpty());
  }

  /** The challenges of these {@code WWW-Authenticate} headers, in order. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      new Parser(header).parse(challenges);
    }
    return challenges;
  }

  /** Takes what it understands; what it does not, it passes over. */
  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    void parse(List<Challenge> challenges) {
      String scheme = "";
      Map<String, String> parameters = new HashMap<>();
      while (skip(" \t,")) {
        String word = token();
        if (word.isEmpty()) {
          at++; // No sign that belongs here.
          continue;
        }
        int afterWord = at;
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=') {
          at++;
          skip(" \t");
          parameters.put(word.toLowerCase(Locale.ROOT), value());
        } else {
          at = afterWord;
          if (!scheme.isEmpty()) {
            challenges.add(new Challenge(scheme, parameters));
          }
          scheme = word.toLowerCase(Locale.ROOT);
          parameters.clear();
        }
      }
      if (!scheme.isEmpty()) {
        challenges.add(new Challenge(scheme, parameters));
      }
    }

    /** Passes over these; whether there is something after them. */
    private boolean skip(String signs) {
      while (at < text.length() && signs.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      return at < text.length();
    }

    private String token() {
      int start = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(start, at);
    }

    private String value() {
      if (at == text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at));
      }
      at++;
      return value.toString();
    }
  }
}
