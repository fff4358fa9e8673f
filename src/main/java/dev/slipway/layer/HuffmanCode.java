package dev.slipway.layer;

import java.util.Arrays;

/**
 * A prefix code over up to 288 symbols, built anew from their frequencies for each block: the
 * shortest one (Huffman), made to fit a longest length and numbered as RFC 1951, section 3.2.2,
 * says.
 */
final class HuffmanCode {
  private final int maxBits;

  /** The length of each symbol's code in bits, 0 if it has none. */
  final byte[] lengths;

  /** The code of each symbol, its bits reversed: DEFLATE sends the first bit of a code first. */
  final char[] codes;

  private final long[] leaves;
  private final long[] weights;
  private final int[] parents;
  private final int[] countOfLength;

  HuffmanCode(int symbols, int maxBits) {
    this.maxBits = maxBits;
    lengths = new byte[symbols];
    codes = new char[symbols];
    leaves = new long[symbols];
    weights = new long[2 * symbols];
    parents = new int[2 * symbols];
    countOfLength = new int[Math.max(symbols, maxBits) + 1];
  }

  /** The code of RFC 1951, section 3.2.6, with these lengths. */
  static HuffmanCode ofLengths(byte[] lengths) {
    var code = new HuffmanCode(lengths.length, 15);
    System.arraycopy(lengths, 0, code.lengths, 0, lengths.length);
    for (byte length : lengths) {
      code.countOfLength[length]++;
    }
    code.number();
    return code;
  }

  /**
   * Makes the code for these frequencies. At least two symbols get a code, so that it is complete:
   * some decoders refuse others.
   */
  void build(int[] frequencies) {
    int used = 0;
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      if (frequencies[symbol] > 0) {
        leaves[used++] = (long) frequencies[symbol] << 16 | symbol;
      }
    }
    for (int symbol = 0; used < 2; symbol++) {
      if (frequencies[symbol] == 0) {
        leaves[used++] = 1L << 16 | symbol;
      }
    }
    Arrays.sort(leaves, 0, used);
    countLengths(used);
    limitLengths(used);
    Arrays.fill(lengths, (byte) 0);
    int next = 0; // The rarest symbols get the longest codes.
    for (int bits = maxBits; bits > 0; bits--) {
      for (int n = countOfLength[bits]; n > 0; n--) {
        lengths[(int) leaves[next++] & 0xffff] = (byte) bits;
      }
    }
    number();
  }

  /**
   * Counts how many codes have each length, by joining the two lightest trees until one is left.
   */
  private void countLengths(int used) {
    int leaf = 0;
    int tree = used;
    for (int joined = used; joined < 2 * used - 1; joined++) {
      weights[joined] = 0;
      for (int side = 0; side < 2; side++) {
        if (leaf < used && (tree == joined || leaves[leaf] >>> 16 <= weights[tree])) {
          weights[joined] += leaves[leaf] >>> 16;
          parents[leaf++] = joined;
        } else {
          weights[joined] += weights[tree];
          parents[tree++] = joined;
        }
      }
    }
    Arrays.fill(countOfLength, 0);
    int root = 2 * used - 2;
    weights[root] = 0; // From here on the depth of each node.
    for (int node = root - 1; node >= 0; node--) {
      weights[node] = weights[parents[node]] + 1;
      if (node < used) {
        countOfLength[(int) weights[node]]++;
      }
    }
  }

  /**
   * Shortens the codes that are too long, and makes room for them: each leaf moved up to the
   * longest length takes more of the code space, which splitting a shorter leaf gives back.
   */
  private void limitLengths(int used) {
    long excess = -(1L << maxBits);
    for (int bits = 1; bits <= maxBits; bits++) {
      excess += (long) countOfLength[bits] << (maxBits - bits);
    }
    for (int bits = maxBits + 1; bits < used; bits++) {
      excess += countOfLength[bits];
      countOfLength[maxBits] += countOfLength[bits];
      countOfLength[bits] = 0;
    }
    while (excess > 0) {
      int bits = maxBits - 1;
      while (countOfLength[bits] == 0) {
        bits--;
      }
      countOfLength[bits]--; // It becomes the sibling of one of the longest.
      countOfLength[bits + 1] += 2;
      countOfLength[maxBits]--;
      excess--;
    }
  }

  private void number() {
    int[] next = new int[maxBits + 1];
    int code = 0;
    for (int bits = 1; bits <= maxBits; bits++) {
      code = (code + (bits == 1 ? 0 : countOfLength[bits - 1])) << 1;
      next[bits] = code;
    }
    for (int symbol = 0; symbol < lengths.length; symbol++) {
      int bits = lengths[symbol];
      if (bits > 0) {
        codes[symbol] = (char) (Integer.reverse(next[bits]++) >>> (32 - bits));
      }
    }
  }
}
