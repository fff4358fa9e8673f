package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A package that is needed or provided, perhaps in certain versions (Debian policy manual, 7.1).
 *
 * @param name the package's name, or a virtual one
 * @param architecture what it must be for, in Debian's words; empty or {@code any} if it may be for
 *     the same as what needs it
 * @param operator how its version compares to {@code version}: one of {@code << <= = >= >>}; empty
 *     for any
 * @param version what it is compared to
 */
record Relation(
    String name, String architecture, String operator, Optional<DebianVersion> version) {
  private static final Set<String> SAME = Set.of("", "any", "native");

  private static final Pattern FORM =
      Pattern.compile(
          "([a-z0-9][a-z0-9.+-]*)(?::([a-z0-9-]+))?\\s*(?:\\(\\s*(<<|<=|=|>=|>>|<|>)\\s*([^)\\s]+)\\s*\\))?"
              + "\\s*(?:\\[[^]]*])?\\s*(?:<[^>]*>\\s*)*");

  /** Alternatives of which one is enough, for each need. */
  static List<List<Relation>> needs(String field) throws ImageException {
    List<List<Relation>> needs = new ArrayList<>();
    for (String need : field.split(",", -1)) {
      if (need.isBlank()) {
        continue;
      }
      List<Relation> alternatives = new ArrayList<>();
      for (String alternative : need.split("\\|", -1)) {
        alternatives.add(parse(alternative.strip()));
      }
      needs.add(List.copyOf(alternatives));
    }
    return needs;
  }

  private static Relation parse(String text) throws ImageException {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new ImageException("'" + text + "' names no Debian package");
    }
    String architecture = matcher.group(2) == null ? "" : matcher.group(2);
    String operator = matcher.group(3);
    if (operator == null) {
      return new Relation(matcher.group(1), architecture, "", Optional.empty());
    }
    try {
      return new Relation(
          matcher.group(1),
          architecture,
          operator.equals("<") ? "<=" : operator.equals(">") ? ">=" : operator,
          Optional.of(new DebianVersion(matcher.group(4))));
    } catch (IllegalArgumentException e) {
      throw new ImageException("'" + text + "': " + e.getMessage(), e);
    }
  }

  /** Whether a package for {@code own}, or for all, is one of those. */
  boolean isFor(String own) {
    return SAME.contains(architecture) || architecture.equals(own);
  }

  /** Whether this version is one of those. */
  boolean allows(DebianVersion found) {
    if (version.isEmpty()) {
      return true;
    }
    int order = found.compareTo(version.get());
    return switch (operator) {
      case "<<" -> order < 0;
      case "<=" -> order <= 0;
      case "=" -> order == 0;
      case ">=" -> order >= 0;
      default -> order > 0;
    };
  }

  /** Whether what is provided as {@code provided} is one of those; without a version, only any. */
  boolean allows(Relation provided) {
    return name.equals(provided.name)
        && (version.isEmpty() || (provided.version.isPresent() && allows(provided.version.get())));
  }

  @Override
  public String toString() {
    String called = architecture.isEmpty() ? name : name + ":" + architecture;
    return version.map(number -> "%s (%s %s)".formatted(called, operator, number)).orElse(called);
  }
}
