package dev.slipway.oci;

import java.util.regex.Pattern;

/**
 * Where a registry keeps versions of an image.
 *
 * @param domain the registry, as {@code HOST} or {@code HOST:PORT}; {@link #DOCKER_HUB} for
 *     Docker's own
 * @param path the repository within it
 */
public record RepositoryName(String domain, String path) {
  /** What Docker's own registry is called in names. */
  public static final String DOCKER_HUB = "docker.io";

  private static final String OFFICIAL = "library/";
  private static final int MOST_CHARACTERS = 255;
  private static final String LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*+(?<=[a-zA-Z0-9]))?";
  private static final Pattern DOMAIN =
      Pattern.compile("(?:" + LABEL + "(?:\\." + LABEL + ")*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?");
  private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+";
  private static final Pattern PATH = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");

  /** Refuses what is not in the grammar of names. */
  public RepositoryName {
    if (!DOMAIN.matcher(domain).matches()) {
      throw new IllegalArgumentException(
          "expected a registry as HOST or HOST:PORT, found '" + domain + "'");
    }
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "expected a repository of lower-case letters, digits and single separators, found '"
              + path
              + "'");
    }
    if (domain.length() + 1 + path.length() > MOST_CHARACTERS) {
      throw new IllegalArgumentException(
          "expected a name of at most %d characters, found %d"
              .formatted(MOST_CHARACTERS, domain.length() + 1 + path.length()));
    }
  }

  /**
   * Reads a name as Docker does: what has no registry is Docker Hub's, and what has no folder there
   * is one of its official images.
   *
   * @throws IllegalArgumentException if it is none; the message says what was expected
   */
  public static RepositoryName parse(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    // Upper case is not allowed in repositories, so it must be a registry.
    boolean isDomain =
        first.indexOf('.') >= 0
            || first.indexOf(':') >= 0
            || first.equals("localhost")
            || first.chars().anyMatch(c -> c >= 'A' && c <= 'Z');
    String domain = isDomain ? first : DOCKER_HUB;
    String path = isDomain ? name.substring(slash + 1) : name;
    if (domain.equals("index.docker.io")) {
      domain = DOCKER_HUB;
    }
    if (domain.equals(DOCKER_HUB) && path.indexOf('/') < 0) {
      path = OFFICIAL + path;
    }
    return new RepositoryName(domain, path);
  }

  /** The shortest name that {@link #parse} reads as this. */
  public String familiar() {
    if (!domain.equals(DOCKER_HUB)) {
      return toString();
    }
    String name = path.startsWith(OFFICIAL) ? path.substring(OFFICIAL.length()) : path;
    return name.indexOf('/') < 0 || !path.startsWith(OFFICIAL) ? name : path;
  }

  /** The whole name. */
  @Override
  public String toString() {
    return domain + "/" + path;
  }
}
