package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/** SHA-256 hashes in the forms that Nix reads and writes (Nix manual, "Hashes"). */
public final class NixHash {
  private static final int BYTES = 32;

  private NixHash() {}

  /**
   * Reads any of them: {@code sha256-} and base 64 (SRI), or hex, base 32 or base 64, with or
   * without {@code sha256:} in front.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static Digest parse(String text) {
    boolean named = text.startsWith("sha256:") || text.startsWith("sha256-");
    String digits = named ? text.substring("sha256:".length()) : text;
    try {
      byte[] bytes =
          switch (digits.length()) {
            case 64 -> HexFormat.of().parseHex(digits.toLowerCase(Locale.ROOT));
            case 52 -> NixBase32.decode(digits, BYTES);
            default -> Base64.getDecoder().decode(digits);
          };
      if (bytes.length == BYTES && (digits.length() == 44 || !text.startsWith("sha256-"))) {
        return Digest.ofBytes(bytes);
      }
    } catch (IllegalArgumentException _) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "expected a SHA-256 hash as sha256-BASE64, or in hex, base 32 or base 64, found '%s'"
            .formatted(text));
  }

  /** The form of Subresource Integrity, which Nix prefers. */
  public static String sri(Digest digest) {
    return "sha256-" + Base64.getEncoder().encodeToString(digest.toBytes());
  }
}
