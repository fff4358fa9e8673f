package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.util.Optional;

/**
 * How a path follows from its content, which makes it need nobody's word: only the forms with
 * SHA-256 in which the path does not refer to itself. For all others somebody must vouch.
 *
 * @param method what was hashed
 * @param hash its SHA-256
 */
record ContentAddress(Method method, Digest hash) {

  /** What is hashed of a content. */
  enum Method {
    /** The NAR. */
    RECURSIVE("fixed:r:sha256:"),
    /** The bytes of a file. */
    FLAT("fixed:sha256:"),
    /** The bytes of a file that may refer to other paths. */
    TEXT("text:sha256:");

    private final String prefix;

    Method(String prefix) {
      this.prefix = prefix;
    }
  }

  /** What a {@code CA} field says; empty if it is of another form, or none. */
  static Optional<ContentAddress> parse(String text) {
    for (Method method : Method.values()) {
      if (text.startsWith(method.prefix)) {
        try {
          return Optional.of(
              new ContentAddress(method, NixHash.parse(text.substring(method.prefix.length()))));
        } catch (IllegalArgumentException _) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  /** Whether it leads to exactly this path. */
  boolean leadsTo(PathInfo info) {
    StorePath path = info.path();
    if (info.references().contains(path)) {
      return false;
    }
    StorePath expected =
        switch (method) {
          case RECURSIVE ->
              StorePaths.fixedRecursive(
                  path.storeDir(), path.name(), hash, info.references(), false);
          case FLAT -> StorePaths.fixedFlat(path.storeDir(), path.name(), hash);
          case TEXT -> StorePaths.text(path.storeDir(), path.name(), hash, info.references());
        };
    return expected.equals(path) && (method != Method.FLAT || info.references().isEmpty());
  }

  /**
   * Whether an object has this content.
   *
   * @param nar the hash of its NAR
   * @param file the hash of its content, if it is a file
   */
  boolean isOf(NarHash nar, Optional<Digest> file) {
    return method == Method.RECURSIVE
        ? nar.digest().equals(hash)
        : file.isPresent() && file.get().equals(hash);
  }
}
