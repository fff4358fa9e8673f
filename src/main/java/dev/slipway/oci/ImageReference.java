package dev.slipway.oci;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image in a registry, in Docker's grammar of references (distribution,
 * reference/reference.go): {@code [HOST[:PORT]/]PATH[:TAG][@DIGEST]}.
 *
 * @param repository the repository
 * @param tag the tag, if there is one
 * @param digest the manifest's digest, if it is pinned; it counts where there is a tag too
 */
public record ImageReference(
    RepositoryName repository, Optional<String> tag, Optional<Digest> digest) {
  private static final String DEFAULT_TAG = "latest";
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  /** Refuses a tag that is none. */
  public ImageReference {
    if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
      throw new IllegalArgumentException(
          "expected a tag of at most 128 letters, digits, '_', '.' and '-', found '"
              + tag.get()
              + "'");
    }
  }

  /**
   * Reads a reference. Docker Hub's short names are made whole.
   *
   * @throws ImageException if it is none; the message names it
   */
  public static ImageReference parse(String text) throws ImageException {
    try {
      return read(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException("'%s': %s".formatted(text, e.getMessage()), e);
    }
  }

  private static ImageReference read(String text) {
    if (text.contains("://")) {
      throw new IllegalArgumentException("expected a reference such as NAME:TAG, without ://");
    }
    int at = text.indexOf('@');
    Optional<Digest> digest =
        at < 0 ? Optional.empty() : Optional.of(digest(text.substring(at + 1)));
    String named = at < 0 ? text : text.substring(0, at);
    // A colon before the last slash belongs to a port.
    int colon = named.indexOf(':', named.lastIndexOf('/') + 1);
    Optional<String> tag = colon < 0 ? Optional.empty() : Optional.of(named.substring(colon + 1));
    String name = colon < 0 ? named : named.substring(0, colon);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("expected the name of an image, found none");
    }
    if (Digest.isHex(name)) {
      throw new IllegalArgumentException("expected the name of an image, found an identifier");
    }
    return new ImageReference(RepositoryName.parse(name), tag, digest);
  }

  private static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "expected sha256: and 64 hex digits after @, found '" + text + "'", e);
    }
  }

  /** This reference, with {@code latest} for a tag if it has neither tag nor digest. */
  public ImageReference tagged() {
    return tag.isEmpty() && digest.isEmpty()
        ? new ImageReference(repository, Optional.of(DEFAULT_TAG), digest)
        : this;
  }

  /** The same repository, pinned to this digest alone. */
  public ImageReference pinned(Digest manifest) {
    return new ImageReference(repository, Optional.empty(), Optional.of(manifest));
  }

  /** What registries are asked for: the digest, else the tag, else {@code latest}. */
  public String version() {
    return digest.map(Digest::toString).orElse(tag.orElse(DEFAULT_TAG));
  }

  /** The shortest text that is read as this. */
  public String familiar() {
    return repository.familiar() + rest();
  }

  /** The whole reference. */
  @Override
  public String toString() {
    return repository + rest();
  }

  private String rest() {
    return tag.map(text -> ":" + text).orElse("") + digest.map(value -> "@" + value).orElse("");
  }
}
