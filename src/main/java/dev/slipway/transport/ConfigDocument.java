package dev.slipway.transport;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;

/**
 * An image's config (OCI image specification, config.md) with the bytes it was read from: its
 * digest is the image's identity, so it must be written again as it was.
 */
public final class ConfigDocument {
  private final byte[] bytes;
  private final String what;

  /**
   * The document that {@code bytes} hold.
   *
   * @param what names it in errors
   * @throws ImageException if it is not a JSON object within the limits for documents from
   *     elsewhere
   */
  ConfigDocument(byte[] bytes, String what) throws ImageException {
    this.bytes = bytes;
    this.what = what;
    parse();
  }

  private JsonObject parse() throws ImageException {
    JsonValue value = Json.parse(bytes, what, JsonLimits.FOREIGN);
    if (!(value instanceof JsonObject object)) {
      throw new ImageException(what + ": expected an object, found " + value.kind());
    }
    return object;
  }

  /** A copy of the document as it was read. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The digest of {@link #bytes}. */
  public Digest digest() {
    return Digest.of(bytes);
  }

  /**
   * What the document says. It is read anew each time: an archive may have many images, and values
   * take far more memory than text.
   */
  public JsonObject json() {
    try {
      return parse();
    } catch (ImageException e) {
      throw new IllegalStateException("read once, a document can be read again", e);
    }
  }
}
