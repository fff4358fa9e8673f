package dev.slipway.layer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** How often each symbol occurs in a run of tokens, and what that run would cost as one block. */
final class DeflateHistogram {
  /** Costs are in 1/256 bit. */
  private static final int BIT = 256;

  /** About what the description of the codes takes for each symbol that has one. */
  private static final int COST_OF_SYMBOL = 4 * BIT;

  /** The binary logarithm of 1 + n/256. */
  private static final int[] LOG2 = new int[257];

  static {
    for (int n = 0; n <= 256; n++) {
      // StrictMath gives the same bits on every machine.
      LOG2[n] = (int) (StrictMath.log1p(n / 256.0) / StrictMath.log(2) * BIT + 0.5);
    }
  }

  final int[] literals = new int[DeflateSymbols.LITERALS_AND_LENGTHS];
  final int[] distances = new int[DeflateSymbols.DISTANCES];

  private int bytes;

  /** How many bytes the tokens stand for. */
  int bytes() {
    return bytes;
  }

  void clear() {
    bytes = 0;
    Arrays.fill(literals, 0);
    Arrays.fill(distances, 0);
  }

  /** Counts the symbols of some tokens. */
  void count(int[] tokens, int from, int to) {
    for (int n = from; n < to; n++) {
      int token = tokens[n];
      int distance = MatchFinder.distance(token);
      if (distance == 0) {
        literals[token]++;
        bytes++;
      } else {
        int length = MatchFinder.length(token);
        literals[DeflateSymbols.ofLength(length)]++;
        bytes += length;
        distances[DeflateSymbols.ofDistance(distance)]++;
      }
    }
  }

  void add(DeflateHistogram other) {
    bytes += other.bytes;
    for (int symbol = 0; symbol < literals.length; symbol++) {
      literals[symbol] += other.literals[symbol];
    }
    for (int symbol = 0; symbol < distances.length; symbol++) {
      distances[symbol] += other.distances[symbol];
    }
  }

  /** The cost of these symbols in codes made for them, with the codes' own description. */
  long cost() {
    return cost(literals, null) + cost(distances, null);
  }

  /** The cost of these symbols and another run's in common codes. */
  long costWith(DeflateHistogram other) {
    return cost(literals, other.literals) + cost(distances, other.distances);
  }

  private static long cost(int[] some, int @Nullable [] more) {
    long bits = 0;
    int total = 0;
    for (int symbol = 0; symbol < some.length; symbol++) {
      int frequency = more == null ? some[symbol] : some[symbol] + more[symbol];
      if (frequency > 0) {
        total += frequency;
        bits += COST_OF_SYMBOL - (long) frequency * log2(frequency);
      }
    }
    return total == 0 ? bits : bits + (long) total * log2(total);
  }

  private static int log2(int number) {
    int whole = 31 - Integer.numberOfLeadingZeros(number);
    int fraction = whole <= 8 ? (number << (8 - whole)) & 0xff : (number >>> (whole - 8)) & 0xff;
    return whole * BIT + LOG2[fraction];
  }
}
