package dev.slipway.transport;

/**
 * What an archive calls an image.
 *
 * @param text {@code NAME:TAG}; in an OCI layout, whose annotation {@code
 *     org.opencontainers.image.ref.name} is no more than some reference, perhaps only a name or
 *     only a tag, which cannot be told apart
 */
record ImageName(String text) {
  /** Whether there are a name and a tag, as Docker wants it. */
  boolean isWhole() {
    return colon() >= 0;
  }

  /** Whether this is what {@code name} names, with or without Docker's own registry. */
  boolean hasName(String name) {
    return familiar(name).equals(familiar(isWhole() ? text.substring(0, colon()) : text));
  }

  /** The tag, or what may be one. */
  String tag() {
    return isWhole() ? text.substring(colon() + 1) : text;
  }

  /** Whether the tag is {@code tag}. */
  boolean hasTag(String tag) {
    return tag.equals(tag());
  }

  /**
   * Whether this is what {@code other} names: the same name and tag, {@code latest} if it has none,
   * or, in an OCI layout, the tag alone.
   */
  boolean is(String other) {
    ImageName that = new ImageName(other);
    if (!isWhole()) {
      return familiar(text).equals(familiar(other));
    }
    return that.isWhole()
        ? familiar(text).equals(familiar(other))
        : (hasName(other) && hasTag("latest")) || hasTag(other);
  }

  /** Where the tag begins; a colon before the last slash belongs to a port. */
  private int colon() {
    int colon = text.lastIndexOf(':');
    return colon > text.lastIndexOf('/') ? colon : -1;
  }

  /** This as Docker shows it. */
  String familiar() {
    return familiar(text);
  }

  /** A name as Docker shows it: what stands for its own registry is left out. */
  private static String familiar(String name) {
    String rest = name.startsWith("docker.io/") ? name.substring("docker.io/".length()) : name;
    return rest.startsWith("library/") ? rest.substring("library/".length()) : rest;
  }
}
