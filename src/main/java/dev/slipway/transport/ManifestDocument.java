package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Manifest;
import java.util.Optional;

/**
 * A manifest, or a list of such, with the bytes it was read from: its digest is what it is known
 * by, so it must be written again as it was.
 */
public final class ManifestDocument {
  private final byte[] bytes;
  private final String what;

  ManifestDocument(byte[] bytes, String what) {
    this.bytes = bytes;
    this.what = what;
  }

  /** A copy of the document as it was read. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The digest of {@link #bytes}. */
  public Digest digest() {
    return Digest.of(bytes);
  }

  /** What names it in errors. */
  String what() {
    return what;
  }

  /**
   * What the document says. It is read anew each time, as a {@link ConfigDocument} is.
   *
   * @throws ImageException if it lacks what others would miss in it
   */
  public Manifest parse() throws ImageException {
    return Manifest.parse(bytes, Optional.empty(), what);
  }

  /**
   * What others say of it.
   *
   * @throws ImageException as for {@link #parse}
   */
  public Descriptor descriptor() throws ImageException {
    return parse().descriptor();
  }
}
