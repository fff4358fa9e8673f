package dev.slipway.store;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The keys whose word is taken for what a binary cache says of a path (Nix manual,
 * "trusted-public-keys"): Ed25519, each with a name. One good signature is enough.
 */
public final class TrustedKeys {
  private static final int KEY_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  /** What stands before the bytes of such a key in the form that the JDK reads (RFC 8410). */
  private static final byte[] PREFIX = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00
  };

  /** The key of the cache that nixpkgs is built into. */
  public static final TrustedKeys NIXPKGS =
      parse("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=");

  /** Takes everybody's word. */
  public static final TrustedKeys ANYBODY = new TrustedKeys(Map.of(), false);

  private final Map<String, PublicKey> keys;
  private final boolean required;

  private TrustedKeys(Map<String, PublicKey> keys, boolean required) {
    this.keys = keys;
    this.required = required;
  }

  /**
   * Reads keys as {@code NAME:BASE64}, with spaces between them; there may be none.
   *
   * @throws IllegalArgumentException if one is none
   */
  public static TrustedKeys parse(String text) {
    Map<String, PublicKey> keys = new LinkedHashMap<>();
    for (String word : text.strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        int colon = word.indexOf(':');
        if (colon < 1) {
          throw wrong(word);
        }
        keys.put(word.substring(0, colon), key(word, word.substring(colon + 1)));
      }
    }
    return new TrustedKeys(keys, true);
  }

  private static PublicKey key(String word, String digits) {
    try {
      byte[] bytes = Base64.getDecoder().decode(digits);
      if (bytes.length == KEY_BYTES) {
        byte[] encoded = Arrays.copyOf(PREFIX, PREFIX.length + KEY_BYTES);
        System.arraycopy(bytes, 0, encoded, PREFIX.length, KEY_BYTES);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
      }
    } catch (IllegalArgumentException | GeneralSecurityException _) {
      // Said below.
    }
    throw wrong(word);
  }

  private static IllegalArgumentException wrong(String word) {
    return new IllegalArgumentException(
        "expected a public key as NAME:BASE64 with 32 bytes, found '" + word + "'");
  }

  /** These and those of {@code others}. */
  public TrustedKeys and(TrustedKeys others) {
    Map<String, PublicKey> both = new LinkedHashMap<>(keys);
    both.putAll(others.keys);
    return new TrustedKeys(both, required && others.required);
  }

  /** Whether what nobody has signed is refused. */
  boolean required() {
    return required;
  }

  /** What there is to say of some signatures. */
  sealed interface Verdict {
    /** One of them is good. */
    record Good() implements Verdict {}

    /**
     * None is.
     *
     * @param reason why, in words that follow the name of what was signed
     */
    record Bad(String reason) implements Verdict {}
  }

  /**
   * Looks for a good one among {@code signatures}, each as {@code NAME:BASE64}.
   *
   * @param fingerprint what was signed
   */
  Verdict verify(byte[] fingerprint, List<String> signatures) {
    List<String> wrong = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String signature : signatures) {
      int colon = Math.max(0, signature.indexOf(':'));
      String name = signature.substring(0, colon);
      PublicKey key = keys.get(name);
      if (key == null) {
        unknown.add(name);
      } else if (isGood(key, fingerprint, signature.substring(colon + 1))) {
        return new Verdict.Good();
      } else {
        wrong.add(name);
      }
    }
    if (!wrong.isEmpty()) {
      return new Verdict.Bad("its signature by the key " + wrong.getFirst() + " is wrong");
    }
    return new Verdict.Bad(
        unknown.isEmpty()
            ? "it is not signed"
            : "it is signed by " + shown(unknown) + ", which is not trusted");
  }

  private static String shown(List<String> names) {
    return String.join(", ", names.stream().limit(3).toList()).replaceAll("\\p{Cntrl}", "?");
  }

  private static boolean isGood(PublicKey key, byte[] fingerprint, String digits) {
    try {
      byte[] bytes = Base64.getDecoder().decode(digits);
      if (bytes.length != SIGNATURE_BYTES) {
        return false;
      }
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(fingerprint);
      return verifier.verify(bytes);
    } catch (IllegalArgumentException | GeneralSecurityException _) {
      return false;
    }
  }

  /** The keys' names. */
  @Override
  public String toString() {
    return required ? keys.keySet().toString() : "anybody";
  }
}
