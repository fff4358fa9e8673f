package dev.slipway.store;

import dev.slipway.oci.Digest;

/**
 * What identifies a file tree to Nix: the SHA-256 and the size of its NAR.
 *
 * @param digest the SHA-256 of the NAR
 * @param size how many bytes the NAR has
 */
public record NarHash(Digest digest, long size) {
  /** Refuses sizes that no NAR has. */
  public NarHash {
    if (size < 0) {
      throw new IllegalArgumentException("a NAR has no negative size: " + size);
    }
  }
}
