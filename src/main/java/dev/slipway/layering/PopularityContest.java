package dev.slipway.layering;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How popular each path of a graph is, by the rule of nixpkgs' {@code referencesByPopularity} (its
 * program {@code closure-graph.py}): the contest of a set of children counts 1 for each child and,
 * for each entry of that child's own contest, its count and 1 more; the contest that is asked for
 * is that of the roots, the paths that nothing refers to.
 *
 * <p>Followed literally that takes a table for each path. Written out, one child adds 1 to the
 * count of a path for each way from the roots down to the child, if the child is the path or leads
 * to it. So, with ways(c) for the number of ways from the roots to c (1 for a root),
 *
 * <pre>count(p) = Σ ways(c) over all c that lead to p, p itself included</pre>
 *
 * The counts grow exponentially with the depth of the graph, and the order needs them exactly. The
 * sum runs over sets, in which a path that is reached in several ways is counted once; so it is
 * made for 64 summands at a time: one word for each path says which of the 64 lead to it, and one
 * pass over the edges finds all the words. The words are then read bytewise, since there are only
 * 256 sums that 8 summands can make.
 *
 * <p>A cycle counts as one path, and its members share its count; the original does not end there.
 */
final class PopularityContest {
  /**
   * Numbers are arrays of digits of this many bits, least significant first. Sums are carried over
   * only at the end: a {@code long} holds the sum of as many digits as there can be paths.
   */
  private static final int DIGIT_BITS = Integer.SIZE;

  private static final long DIGIT_MASK = (1L << DIGIT_BITS) - 1;

  /** How many summands one pass over the edges adds. */
  private static final int PASS = Long.SIZE;

  /**
   * Into how many parts the passes are dealt out, to be made at the same time. Each has a table of
   * all sums, so there are no more for more processors.
   */
  private static final int PARTS = 8;

  private final Condensation graph;

  /**
   * For each component its own number of ways, in {@link #width} digits; zero if no root leads to
   * it.
   */
  private final long[] ways;

  private final int width;
  private final long[] counts;

  /**
   * @param references for each path those that it refers to, not itself
   */
  PopularityContest(int[][] references) {
    graph = new Condensation(references);
    BigInteger[] exact = waysFromRoots(graph);
    int bits = Arrays.stream(exact).mapToInt(BigInteger::bitLength).max().orElse(0);
    width = Math.max(1, Math.ceilDiv(bits, DIGIT_BITS));
    ways = digits(exact, width);
    counts = sumsOverAncestors();
  }

  /** Whether a root leads to this path. */
  boolean reached(int path) {
    int start = graph.componentOf(path) * width;
    return IntStream.range(start, start + width).anyMatch(i -> ways[i] != 0);
  }

  /** Compares the counts of two paths. */
  int compare(int path, int other) {
    int a = graph.componentOf(path) * width;
    int b = graph.componentOf(other) * width;
    for (int i = width - 1; i >= 0; i--) {
      if (counts[a + i] != counts[b + i]) {
        return Long.compare(counts[a + i], counts[b + i]);
      }
    }
    return 0;
  }

  /** The count of a path. */
  BigInteger count(int path) {
    int start = graph.componentOf(path) * width;
    BigInteger count = BigInteger.ZERO;
    for (int i = width - 1; i >= 0; i--) {
      count = count.shiftLeft(DIGIT_BITS).add(BigInteger.valueOf(counts[start + i]));
    }
    return count;
  }

  private static BigInteger[] waysFromRoots(Condensation graph) {
    BigInteger[] ways = new BigInteger[graph.size()];
    Arrays.fill(ways, BigInteger.ZERO);
    boolean[] referredTo = new boolean[graph.size()];
    for (int i = 0; i < graph.size(); i++) {
      if (!referredTo[i] && graph.memberCount(i) == 1) {
        ways[i] = BigInteger.ONE;
      }
      for (int target : graph.edges()[i]) {
        referredTo[target] = true;
        ways[target] = ways[target].add(ways[i]);
      }
    }
    return ways;
  }

  private static long[] digits(BigInteger[] numbers, int width) {
    long[] digits = new long[Math.multiplyExact(numbers.length, width)];
    for (int i = 0; i < numbers.length; i++) {
      byte[] bytes = numbers[i].toByteArray();
      for (int j = 0; j < bytes.length; j++) {
        int place = bytes.length - 1 - j;
        int digit = place / Integer.BYTES;
        if (digit < width) { // beyond is only the sign, which is 0
          digits[i * width + digit] |=
              Byte.toUnsignedLong(bytes[j]) << (place % Integer.BYTES * Byte.SIZE);
        }
      }
    }
    return digits;
  }

  private long[] sumsOverAncestors() {
    int[][] users = ReferenceGraph.transposed(graph.edges());
    int stride = PARTS * PASS;
    Sums sums =
        IntStream.range(0, PARTS)
            .parallel()
            .mapToObj(part -> {
              Sums partial = new Sums(users);
              for (long first = (long) part * PASS; first < graph.size(); first += stride) {
                partial.add((int) first);
              }
              return partial;
            })
            .reduce(Sums::merge)
            .orElseThrow();
    sums.carry();
    return sums.totals;
  }

  /** Sums for all components over some of their ancestors. */
  private final class Sums {
    private final int[][] users;
    private final long[] totals = new long[ways.length];

    /** For each component which of the pass's ancestors lead to it. */
    private final long[] reached;

    /**
     * For each byte of a word and each value of it, the sum of the ancestors that it stands for.
     */
    private final long[] table = new long[Long.BYTES * 256 * width];

    Sums(int[][] users) {
      this.users = users;
      this.reached = new long[users.length];
    }

    /** Adds the ancestors from {@code first} on, as many as a pass has. */
    void add(int first) {
      findReached(first);
      fillTable(first);
      for (int i = first; i < reached.length; i++) {
        long word = reached[i];
        for (int row = 0; word != 0; row += 256, word >>>= Byte.SIZE) {
          int entry = (row + (int) (word & 0xff)) * width;
          int total = i * width;
          for (int digit = 0; digit < width; digit++) {
            totals[total + digit] += table[entry + digit];
          }
        }
      }
    }

    private void findReached(int first) {
      for (int i = first; i < reached.length; i++) {
        long word = i - first < PASS ? 1L << (i - first) : 0;
        for (int user : users[i]) {
          if (user >= first) {
            word |= reached[user];
          }
        }
        reached[i] = word;
      }
    }

    private void fillTable(int first) {
      for (int entry = 0; entry < Long.BYTES * 256; entry++) {
        int value = entry & 0xff;
        if (value == 0) {
          continue;
        }
        int ancestor = first + entry / 256 * Byte.SIZE + Integer.numberOfTrailingZeros(value);
        int rest = (entry - value) | (value & (value - 1));
        for (int digit = 0; digit < width; digit++) {
          long own = ancestor < reached.length ? ways[ancestor * width + digit] : 0;
          table[entry * width + digit] = table[rest * width + digit] + own;
        }
      }
    }

    Sums merge(Sums other) {
      for (int i = 0; i < totals.length; i++) {
        totals[i] += other.totals[i];
      }
      return this;
    }

    /** Leaves no more in a digit than it holds, but for the last, which takes what comes. */
    void carry() {
      for (int i = 0; i < totals.length; i++) {
        if (i % width < width - 1) {
          totals[i + 1] += totals[i] >>> DIGIT_BITS;
          totals[i] &= DIGIT_MASK;
        }
      }
    }
  }
}
