package dev.slipway.oci;

/**
 * The digest of a layer's uncompressed tar (OCI image specification, config.md, "Layer DiffID").
 *
 * @param value the digest
 */
public record DiffId(Digest value) {
  @Override
  public String toString() {
    return value.toString();
  }
}
