package dev.slipway.layer;

import dev.slipway.oci.DiffId;

/**
 * A measured layer.
 *
 * @param diffId the digest of its uncompressed tar
 * @param tar its uncompressed tar
 * @param entries how many members that tar has
 */
public record Layer(DiffId diffId, Blob tar, long entries) {
  /** The layer that this tar of so many members is. */
  public static Layer of(Blob tar, long entries) {
    return new Layer(new DiffId(tar.digest()), tar, entries);
  }
}
