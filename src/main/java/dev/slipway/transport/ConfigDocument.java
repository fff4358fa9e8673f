package dev.slipway.transport;

import dev.slipway.oci.Digest;
import dev.slipway.oci.JsonObject;

/**
 * An image's config (OCI image specification, config.md) with the bytes it was read from: its
 * digest is the image's identity, so it must be written again as it was.
 */
public final class ConfigDocument {
  private final byte[] bytes;
  private final JsonObject json;

  /** The document that {@code bytes} hold and that reads as {@code json}. */
  ConfigDocument(byte[] bytes, JsonObject json) {
    this.bytes = bytes;
    this.json = json;
  }

  /** A copy of the document as it was read. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The digest of {@link #bytes}. */
  public Digest digest() {
    return Digest.of(bytes);
  }

  /** What the document says. */
  public JsonObject json() {
    return json;
  }
}
