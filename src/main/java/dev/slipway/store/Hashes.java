package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.util.Base64;
import java.util.HexFormat;

/** The forms in which Nix writes a SHA-256. */
final class Hashes {
  private static final int BYTES = 32;

  private Hashes() {}

  /**
   * Reads {@code sha256:} and base-16 or base-32 digits, or {@code sha256-} and base-64 digits.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Digest parse(String text) {
    if (text.startsWith("sha256-")) {
      return digest(text, Base64.getDecoder().decode(text.substring(7)));
    }
    if (!text.startsWith("sha256:")) {
      throw new IllegalArgumentException("'" + text + "' is not a SHA-256 hash");
    }
    String digits = text.substring(7);
    if (digits.length() == NixBase32.encodedLength(BYTES)) {
      return digest(text, NixBase32.decode(digits, BYTES));
    }
    return digits.length() == 2 * BYTES
        ? digest(text, HexFormat.of().parseHex(digits))
        : digest(text, Base64.getDecoder().decode(digits));
  }

  private static Digest digest(String text, byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("'" + text + "' is not a SHA-256 hash");
    }
    return Digest.ofBytes(bytes);
  }

  /** The form of {@code ca} fields and registrations: {@code sha256:} and base-32 digits. */
  static String base32(Digest digest) {
    return "sha256:" + NixBase32.encode(digest.toBytes());
  }
}
