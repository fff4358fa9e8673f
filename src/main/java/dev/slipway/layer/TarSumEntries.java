package dev.slipway.layer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The sums of a tar's members, each with what tells its path from others, in 48 bytes. They count
 * in ascending order, except that those of one path keep the order that they came in. Docker hands
 * this to Go's {@code sort.Sort} although it orders nothing: of two with one path, one may come
 * before and one behind a third. So up to the number of members that Go sorts by insertion, the
 * steps are the same here; beyond, those of one path take, in the order that they came in, the
 * places that the ascending order gives them.
 */
final class TarSumEntries {
  private static final int SUM = 4;
  private static final int ROW = 6;
  private static final int INSERTED = 12;

  private long[] words = new long[16 * ROW];
  private int rows;

  /** Adds the sum of a member whose path has this digest. */
  void add(byte[] sum, byte[] path) {
    if (words.length == rows * ROW) {
      words = Arrays.copyOf(words, Math.multiplyExact(rows + (rows >> 1), ROW));
    }
    ByteBuffer.wrap(sum).asLongBuffer().get(words, rows * ROW, SUM);
    ByteBuffer.wrap(path).asLongBuffer().get(words, rows * ROW + SUM, ROW - SUM);
    rows++;
  }

  /** Gives the sums to {@code sink} as they count. */
  void inOrder(Consumer<byte[]> sink) {
    int[] order = rows();
    if (rows <= INSERTED) {
      insert(order);
    } else {
      order = IntSort.sorted(order, this::compareSums);
      restore(order);
    }
    for (int row : order) {
      ByteBuffer sum = ByteBuffer.allocate(SUM * Long.BYTES);
      sum.asLongBuffer().put(words, row * ROW, SUM);
      sink.accept(sum.array());
    }
  }

  private int[] rows() {
    int[] all = new int[rows];
    Arrays.setAll(all, row -> row);
    return all;
  }

  private void insert(int[] order) {
    for (int i = 1; i < rows; i++) {
      for (int j = i; j > 0 && before(order[j], order[j - 1]); j--) {
        int row = order[j];
        order[j] = order[j - 1];
        order[j - 1] = row;
      }
    }
  }

  private boolean before(int a, int b) {
    return samePath(a, b) ? a < b : compareSums(a, b) < 0;
  }

  private boolean samePath(int a, int b) {
    return compare(a, b, SUM, ROW) == 0;
  }

  private int comparePaths(int a, int b) {
    int order = compare(a, b, SUM, ROW);
    return order == 0 ? Integer.compare(a, b) : order;
  }

  private int compareSums(int a, int b) {
    int order = compare(a, b, 0, SUM);
    return order == 0 ? Integer.compare(a, b) : order;
  }

  private int compare(int a, int b, int from, int to) {
    for (int i = from; i < to; i++) {
      int order = Long.compareUnsigned(words[a * ROW + i], words[b * ROW + i]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** Puts those of one path into the order that they came in, in the places that they have. */
  private void restore(int[] order) {
    int[] byPath = IntSort.sorted(rows(), this::comparePaths);
    int[] places = new int[rows];
    for (int place = 0; place < rows; place++) {
      places[order[place]] = place;
    }
    int start = 0;
    for (int end = 1; end <= rows; end++) {
      if (end < rows && samePath(byPath[end], byPath[start])) {
        continue;
      }
      if (end - start > 1) {
        int[] free = new int[end - start];
        for (int i = start; i < end; i++) {
          free[i - start] = places[byPath[i]];
        }
        Arrays.sort(free);
        for (int i = start; i < end; i++) {
          order[free[i - start]] = byPath[i];
        }
      }
      start = end;
    }
  }
}
