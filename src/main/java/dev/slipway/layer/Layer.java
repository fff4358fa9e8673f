package dev.slipway.layer;

import dev.slipway.oci.DiffId;

/**
 * A measured layer.
 *
 * @param diffId the digest of its uncompressed tar
 * @param tar its uncompressed tar
 */
public record Layer(DiffId diffId, Blob tar) {
  /** The layer that this tar is. */
  public static Layer of(Blob tar) {
    return new Layer(new DiffId(tar.digest()), tar);
  }
}
