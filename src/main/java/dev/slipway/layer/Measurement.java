package dev.slipway.layer;

import dev.slipway.oci.Digest;

/**
 * What is known of bytes without having them.
 *
 * @param digest their digest
 * @param size how many there are
 */
public record Measurement(Digest digest, long size) {
  /** Refuses a negative size. */
  public Measurement {
    if (size < 0) {
      throw new IllegalArgumentException("a size is not negative: " + size);
    }
  }
}
