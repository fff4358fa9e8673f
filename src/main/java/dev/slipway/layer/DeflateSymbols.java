package dev.slipway.layer;

import java.util.Arrays;

/** The alphabets of RFC 1951, section 3.2.5, and the fixed codes of section 3.2.6. */
final class DeflateSymbols {
  static final int END_OF_BLOCK = 256;

  /** Literals, end of block, and the lengths 3 to 258. */
  static final int LITERALS_AND_LENGTHS = 286;

  /** The distances 1 to 32768. */
  static final int DISTANCES = 30;

  private static final int FIRST_LENGTH = 257;

  private static final int[] LENGTH_BASE = new int[29];
  private static final int[] DISTANCE_BASE = new int[DISTANCES];

  /** The symbol of each length. */
  private static final char[] OF_LENGTH = new char[MatchFinder.MAX_LENGTH + 1];

  /** The symbol of each distance less 1 to 255, then of each (distance less 1) / 128. */
  private static final byte[] OF_DISTANCE = new byte[512];

  static final HuffmanCode FIXED_LITERALS;
  static final HuffmanCode FIXED_DISTANCES;

  static {
    int length = 3;
    for (int index = 0; index < 28; index++) {
      LENGTH_BASE[index] = length;
      for (int n = 1 << lengthExtraBits(FIRST_LENGTH + index); n > 0 && length < 258; n--) {
        OF_LENGTH[length++] = (char) (FIRST_LENGTH + index);
      }
    }
    LENGTH_BASE[28] = MatchFinder.MAX_LENGTH; // It has a symbol of its own, without extra bits.
    OF_LENGTH[MatchFinder.MAX_LENGTH] = FIRST_LENGTH + 28;

    int distance = 1;
    for (int symbol = 0; symbol < DISTANCES; symbol++) {
      DISTANCE_BASE[symbol] = distance;
      int next = distance + (1 << distanceExtraBits(symbol));
      for (int less1 = distance - 1; less1 < next - 1; less1 += less1 < 256 ? 1 : 128) {
        OF_DISTANCE[less1 < 256 ? less1 : 256 + (less1 >>> 7)] = (byte) symbol;
      }
      distance = next;
    }

    var lengths = new byte[288];
    Arrays.fill(lengths, 0, 144, (byte) 8);
    Arrays.fill(lengths, 144, 256, (byte) 9);
    Arrays.fill(lengths, 256, 280, (byte) 7);
    Arrays.fill(lengths, 280, 288, (byte) 8);
    FIXED_LITERALS = HuffmanCode.ofLengths(lengths);
    lengths = new byte[32];
    Arrays.fill(lengths, (byte) 5);
    FIXED_DISTANCES = HuffmanCode.ofLengths(lengths);
  }

  private DeflateSymbols() {}

  static int ofLength(int length) {
    return OF_LENGTH[length];
  }

  static int ofDistance(int distance) {
    int less1 = distance - 1;
    return OF_DISTANCE[less1 < 256 ? less1 : 256 + (less1 >>> 7)];
  }

  /** How many bits follow a symbol of the first alphabet. */
  static int lengthExtraBits(int symbol) {
    int index = symbol - FIRST_LENGTH;
    return index < 8 || index == 28 ? 0 : (index >>> 2) - 1;
  }

  /** How many bits follow a symbol of the second alphabet. */
  static int distanceExtraBits(int symbol) {
    return symbol < 4 ? 0 : (symbol >>> 1) - 1;
  }

  /** The shortest length that a symbol stands for. */
  static int lengthBase(int symbol) {
    return LENGTH_BASE[symbol - FIRST_LENGTH];
  }

  /** The shortest distance that a symbol stands for. */
  static int distanceBase(int symbol) {
    return DISTANCE_BASE[symbol];
  }
}
