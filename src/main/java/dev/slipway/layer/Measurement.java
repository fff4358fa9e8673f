package dev.slipway.layer;

import dev.slipway.oci.Digest;

/**
 * What is known of a layer's tar without having its bytes.
 *
 * @param digest their digest
 * @param size how many there are
 * @param entries how many members it has
 */
public record Measurement(Digest digest, long size, long entries) {
  /** Refuses negative numbers. */
  public Measurement {
    if (size < 0 || entries < 0) {
      throw new IllegalArgumentException(
          "not negative: " + size + " bytes, " + entries + " members");
    }
  }
}
