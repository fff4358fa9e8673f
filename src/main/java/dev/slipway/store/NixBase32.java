package dev.slipway.store;

import java.util.Arrays;

/**
 * Nix's base-32: the digits of a number whose least significant byte comes first, most significant
 * digit first, in an alphabet without {@code e}, {@code o}, {@code t} and {@code u} (Nix manual,
 * "Store path specification"). It is the form of hash parts and of the hashes that Nix prints.
 */
public final class NixBase32 {
  private static final byte[] VALUES = values();

  private NixBase32() {}

  private static byte[] values() {
    byte[] values = new byte[256];
    Arrays.fill(values, (byte) -1);
    for (int i = 0; i < StorePath.ALPHABET.length(); i++) {
      values[StorePath.ALPHABET.charAt(i)] = (byte) i;
    }
    return values;
  }

  /** The value of the digit {@code b}, from 0 to 31, or -1 if it is none. */
  static int value(byte b) {
    return VALUES[b & 0xff];
  }

  /** How many digits {@code bytes} bytes have. */
  public static int encodedLength(int bytes) {
    return bytes == 0 ? 0 : (bytes * 8 - 1) / 5 + 1;
  }

  /** The digits of {@code bytes}. */
  public static String encode(byte[] bytes) {
    int length = encodedLength(bytes.length);
    StringBuilder out = new StringBuilder(length);
    for (int digit = length - 1; digit >= 0; digit--) {
      int bit = digit * 5;
      int low = (bytes[bit / 8] & 0xff) >>> (bit % 8);
      int high = bit / 8 + 1 < bytes.length ? (bytes[bit / 8 + 1] & 0xff) << (8 - bit % 8) : 0;
      out.append(StorePath.ALPHABET.charAt((low | high) & 31));
    }
    return out.toString();
  }

  /**
   * The {@code length} bytes whose digits {@code text} holds.
   *
   * @throws IllegalArgumentException if there are more or fewer digits than that many bytes have, a
   *     character is not in the alphabet, or the number is too large
   */
  public static byte[] decode(String text, int length) {
    if (text.length() != encodedLength(length)) {
      throw new IllegalArgumentException(
          "'"
              + text
              + "' is not "
              + encodedLength(length)
              + " base-32 digits, which "
              + length
              + " bytes have");
    }
    byte[] out = new byte[length];
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int value = c < 256 ? VALUES[c] : -1;
      if (value < 0) {
        throw new IllegalArgumentException(
            "'" + c + "' in '" + text + "' is not in the alphabet of base-32");
      }
      int bit = (text.length() - 1 - i) * 5;
      int shifted = value << (bit % 8);
      out[bit / 8] |= (byte) shifted;
      if (bit / 8 + 1 < length) {
        out[bit / 8 + 1] |= (byte) (shifted >>> 8);
      } else if (shifted >>> 8 != 0) {
        throw new IllegalArgumentException("'" + text + "' is too large for " + length + " bytes");
      }
    }
    return out;
  }

  /** {@code hash} folded to {@code length} bytes by exclusive or, as the hash part of a path is. */
  public static byte[] compress(byte[] hash, int length) {
    byte[] out = new byte[length];
    for (int i = 0; i < hash.length; i++) {
      out[i % length] ^= hash[i];
    }
    return out;
  }
}
