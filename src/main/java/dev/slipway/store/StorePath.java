package dev.slipway.store;

import org.jspecify.annotations.Nullable;

/**
 * The path of an object in a Nix store: the store directory, a slash, a hash part of 32 characters
 * of Nix's base-32 alphabet, a dash and a name. It is logical: where the object lies on this
 * machine is known to the {@link Store} alone.
 *
 * @param storeDir the store directory, absolute, without a trailing slash
 * @param baseName hash part, dash and name
 */
public record StorePath(String storeDir, String baseName) implements Comparable<StorePath> {
  /** How many characters the hash part has. */
  public static final int HASH_LENGTH = 32;

  /** How many characters a name may have at most (Nix's limit). */
  public static final int MAX_NAME_LENGTH = 211;

  /** The characters of a hash part, by value: no {@code e}, {@code o}, {@code t} and {@code u}. */
  static final String ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

  /** Refuses what Nix refuses. */
  public StorePath {
    String fault = fault(baseName);
    if (fault != null) {
      throw new IllegalArgumentException(
          "'" + storeDir + "/" + baseName + "' is not a store path: " + fault);
    }
  }

  private static @Nullable String fault(String baseName) {
    if (baseName.length() < HASH_LENGTH + 2 || baseName.charAt(HASH_LENGTH) != '-') {
      return "expected 32 characters of hash, a dash and a name";
    }
    for (int i = 0; i < HASH_LENGTH; i++) {
      if (ALPHABET.indexOf(baseName.charAt(i)) < 0) {
        return "'" + baseName.charAt(i) + "' is not in the alphabet of hashes";
      }
    }
    return nameFault(baseName.substring(HASH_LENGTH + 1));
  }

  /** Why Nix would refuse {@code name} as the name of a store path, or null if it would take it. */
  public static @Nullable String nameFault(String name) {
    if (name.isEmpty()) {
      return "the name is empty";
    }
    if (name.length() > MAX_NAME_LENGTH) {
      return "the name is longer than " + MAX_NAME_LENGTH + " characters";
    }
    if (name.charAt(0) == '.') {
      return "the name starts with a dot";
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean fine =
          (c >= '0' && c <= '9')
              || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || "+-._?=".indexOf(c) >= 0;
      if (!fine) {
        return "'" + c + "' is not allowed in a name";
      }
    }
    return null;
  }

  /**
   * Reads a whole path.
   *
   * @throws IllegalArgumentException if it is not directly below {@code storeDir} or not valid
   */
  public static StorePath parse(String storeDir, String path) {
    if (!path.startsWith(storeDir + "/")) {
      throw new IllegalArgumentException(
          "'" + path + "' is not a store path: it is not in " + storeDir);
    }
    return new StorePath(storeDir, path.substring(storeDir.length() + 1));
  }

  /**
   * The store path that {@code path} is or lies in.
   *
   * @throws IllegalArgumentException if it is not below {@code storeDir} or not in a valid path
   */
  public static StorePath containing(String storeDir, String path) {
    int slash = path.startsWith(storeDir + "/") ? path.indexOf('/', storeDir.length() + 1) : -1;
    return parse(storeDir, slash < 0 ? path : path.substring(0, slash));
  }

  /** The 32 characters before the first dash. */
  public String hashPart() {
    return baseName.substring(0, HASH_LENGTH);
  }

  /** What follows the hash part and its dash. */
  public String name() {
    return baseName.substring(HASH_LENGTH + 1);
  }

  // A record's own equals and hashCode are put together when they are first called, which takes as
  // long as to plan an image.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StorePath path
        && baseName.equals(path.baseName)
        && storeDir.equals(path.storeDir);
  }

  @Override
  public int hashCode() {
    return 31 * storeDir.hashCode() + baseName.hashCode();
  }

  @Override
  public int compareTo(StorePath other) {
    int byDir = storeDir.compareTo(other.storeDir);
    return byDir != 0 ? byDir : baseName.compareTo(other.baseName);
  }

  /** The whole path. */
  @Override
  public String toString() {
    return storeDir + "/" + baseName;
  }
}
