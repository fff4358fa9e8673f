package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.util.Base64;
import java.util.HexFormat;

/** The forms in which Nix writes a SHA-256. */
final class Hashes {
  private static final int BYTES = 32;

  private static final int BASE32_DIGITS = 52;
  private static final int BASE64_DIGITS = 44;

  private Hashes() {}

  /**
   * Reads base-16, base-32 or base-64 digits, with {@code sha256:} before them or, as {@code
   * nix-store --dump-db} has it, nothing; or {@code sha256-} and base-64 digits.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  static Digest parse(String text) {
    if (text.startsWith("sha256-")) {
      return digest(text, Base64.getDecoder().decode(text.substring(7)));
    }
    String digits = text.startsWith("sha256:") ? text.substring(7) : text;
    return switch (digits.length()) {
      case 2 * BYTES -> digest(text, HexFormat.of().parseHex(digits));
      case BASE32_DIGITS -> digest(text, NixBase32.decode(digits, BYTES));
      case BASE64_DIGITS -> digest(text, Base64.getDecoder().decode(digits));
      default -> throw new IllegalArgumentException("'" + text + "' is not a SHA-256 hash");
    };
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
