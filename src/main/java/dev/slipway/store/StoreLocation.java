package dev.slipway.store;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Which store is meant, in the words of Nix's store URLs. */
public sealed interface StoreLocation {
  /** Nix's own store where there is one, else the embedded one. */
  record Auto() implements StoreLocation {}

  /** Nix's own store. */
  record Local() implements StoreLocation {}

  /**
   * A store whose paths are written as ever while its files lie below a folder.
   *
   * @param root the folder; objects are in {@code nix/store}, the database in {@code
   *     nix/var/nix/db}
   */
  record Chroot(Path root) implements StoreLocation {}

  /** Slipway's own store, for machines without Nix. */
  record Embedded() implements StoreLocation {}

  /**
   * Reads {@code auto}, {@code local}, {@code local?root=DIR} or {@code embedded}.
   *
   * @param text the location
   * @param directory what a relative {@code DIR} is relative to
   * @throws IllegalArgumentException if it is none of these; the message lists them
   */
  static StoreLocation parse(String text, Path directory) {
    return switch (text) {
      case "auto" -> new Auto();
      case "local" -> new Local();
      case "embedded" -> new Embedded();
      default -> parseUrl(text, directory);
    };
  }

  private static StoreLocation parseUrl(String text, Path directory) {
    String chroot = "local?root=";
    if (text.startsWith(chroot) && text.length() > chroot.length()) {
      try {
        return new Chroot(directory.resolve(text.substring(chroot.length())).normalize());
      } catch (InvalidPathException e) {
        throw new IllegalArgumentException("the store '" + text + "' has no valid root", e);
      }
    }
    if (text.matches("(file|https?|ssh|ssh-ng|s3|daemon|unix)(:.*)?")) {
      throw new IllegalArgumentException(
          "the store '" + text + "' is of a kind that is not supported yet");
    }
    throw new IllegalArgumentException(
        "unknown store '" + text + "'; expected auto, local, local?root=DIR or embedded");
  }
}
