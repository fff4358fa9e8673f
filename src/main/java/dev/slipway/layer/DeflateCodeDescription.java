package dev.slipway.layer;

import java.util.Arrays;

/**
 * The two codes of a dynamic block as RFC 1951, section 3.2.7, sends them: their lengths, runs
 * shortened, in a third code.
 */
final class DeflateCodeDescription {
  private static final int REPEAT = 16;
  private static final int ZEROS = 17;
  private static final int MANY_ZEROS = 18;
  private static final int SYMBOLS = 19;

  /** The order in which the third code's lengths are sent, so that the last are mostly 0. */
  private static final byte[] ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private final byte[] lengths =
      new byte[DeflateSymbols.LITERALS_AND_LENGTHS + DeflateSymbols.DISTANCES];

  /** Symbols of the third code, each with its extra bits' value from bit 8 on. */
  private final int[] items = new int[lengths.length];

  private final int[] frequencies = new int[SYMBOLS];
  private final HuffmanCode code = new HuffmanCode(SYMBOLS, 7);
  private int literalCount;
  private int distanceCount;
  private int itemCount;
  private int codeCount;

  /** Takes up the lengths of two codes. */
  void describe(byte[] literalLengths, byte[] distanceLengths) {
    literalCount = countUpToLast(literalLengths, DeflateSymbols.END_OF_BLOCK + 1);
    distanceCount = countUpToLast(distanceLengths, 1);
    System.arraycopy(literalLengths, 0, lengths, 0, literalCount);
    System.arraycopy(distanceLengths, 0, lengths, literalCount, distanceCount);
    shorten(literalCount + distanceCount);
    code.build(frequencies);
    codeCount = SYMBOLS;
    while (codeCount > 4 && code.lengths[ORDER[codeCount - 1]] == 0) {
      codeCount--;
    }
  }

  /** How many bits {@link #write} writes. */
  int size() {
    int size = 14 + 3 * codeCount;
    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
      size += frequencies[symbol] * (code.lengths[symbol] + extraBits(symbol));
    }
    return size;
  }

  void write(BitWriter bits) {
    bits.put(literalCount - 257, 5);
    bits.put(distanceCount - 1, 5);
    bits.put(codeCount - 4, 4);
    for (int n = 0; n < codeCount; n++) {
      bits.put(code.lengths[ORDER[n]], 3);
    }
    for (int n = 0; n < itemCount; n++) {
      int symbol = items[n] & 0xff;
      bits.put(code.codes[symbol], code.lengths[symbol]);
      bits.put(items[n] >>> 8, extraBits(symbol));
    }
  }

  private static int countUpToLast(byte[] lengths, int atLeast) {
    int count = lengths.length;
    while (count > atLeast && lengths[count - 1] == 0) {
      count--;
    }
    return count;
  }

  /** Turns the lengths into items; a run may go from the first code's lengths into the second's. */
  private void shorten(int count) {
    Arrays.fill(frequencies, 0);
    itemCount = 0;
    for (int at = 0; at < count; ) {
      int length = lengths[at];
      int end = at + 1;
      while (end < count && lengths[end] == length) {
        end++;
      }
      int run = end - at;
      at = end;
      if (length == 0) {
        for (; run >= 11; run -= Math.min(run, 138)) {
          add(MANY_ZEROS, Math.min(run, 138) - 11);
        }
        if (run >= 3) {
          add(ZEROS, run - 3);
          run = 0;
        }
      } else {
        add(length, 0);
        run--;
        for (; run >= 3; run -= Math.min(run, 6)) {
          add(REPEAT, Math.min(run, 6) - 3);
        }
      }
      for (; run > 0; run--) {
        add(length, 0);
      }
    }
  }

  private void add(int symbol, int extra) {
    items[itemCount++] = extra << 8 | symbol;
    frequencies[symbol]++;
  }

  private static int extraBits(int symbol) {
    return switch (symbol) {
      case REPEAT -> 2;
      case ZEROS -> 3;
      case MANY_ZEROS -> 7;
      default -> 0;
    };
  }
}
