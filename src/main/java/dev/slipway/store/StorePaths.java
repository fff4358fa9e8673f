package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.TreeSet;

/**
 * How the path of a content-addressed object follows from its name, its content and its references
 * (Nix manual, "Complete store path calculation").
 */
public final class StorePaths {
  private static final int HASH_BYTES = 20;

  private StorePaths() {}

  /**
   * The path of a file tree: what {@code nix-store --add} prints where there are no references.
   *
   * @param storeDir the logical store directory
   * @param name what follows the hash part
   * @param nar the hash of its NAR; with {@code self}, of the NAR in which zeros stand for its own
   *     hash part
   * @param references the other paths it refers to
   * @param self whether it refers to itself
   * @throws IllegalArgumentException if the name is one that Nix refuses
   */
  public static StorePath fixedRecursive(
      String storeDir, String name, Digest nar, Collection<StorePath> references, boolean self) {
    StringBuilder type = new StringBuilder("source");
    append(type, references);
    if (self) {
      type.append(":self");
    }
    return path(storeDir, type.toString(), nar, name);
  }

  /**
   * The path of a text: what {@code builtins.toFile} gives.
   *
   * @param storeDir the logical store directory
   * @param name what follows the hash part
   * @param content the SHA-256 of the text
   * @param references the paths it refers to
   * @throws IllegalArgumentException if the name is one that Nix refuses
   */
  public static StorePath text(
      String storeDir, String name, Digest content, Collection<StorePath> references) {
    StringBuilder type = new StringBuilder("text");
    append(type, references);
    return path(storeDir, type.toString(), content, name);
  }

  /**
   * The path of a single file that Nix has fetched ({@code outputHashMode = "flat"}).
   *
   * @param storeDir the logical store directory
   * @param name what follows the hash part
   * @param content the SHA-256 of the file
   * @throws IllegalArgumentException if the name is one that Nix refuses
   */
  public static StorePath fixedFlat(String storeDir, String name, Digest content) {
    String description = "fixed:out:sha256:" + content.hex() + ":";
    return path(
        storeDir, "output:out", Digest.of(description.getBytes(StandardCharsets.UTF_8)), name);
  }

  private static void append(StringBuilder type, Collection<StorePath> references) {
    new TreeSet<>(references).forEach(reference -> type.append(':').append(reference));
  }

  private static StorePath path(String storeDir, String type, Digest content, String name) {
    String fingerprint = type + ":sha256:" + content.hex() + ":" + storeDir + ":" + name;
    byte[] hash = Digest.of(fingerprint.getBytes(StandardCharsets.UTF_8)).toBytes();
    String hashPart = NixBase32.encode(NixBase32.compress(hash, HASH_BYTES));
    return new StorePath(storeDir, hashPart + "-" + name);
  }
}
