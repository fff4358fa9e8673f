package dev.slipway.layer;

import java.util.function.IntBinaryOperator;

/** Sorts numbers that stand for something else, which the JDK does for objects only. */
final class IntSort {
  private IntSort() {}

  /**
   * A sorted copy; of numbers that compare as equal the order stays.
   *
   * @param comparison compares two as a {@link java.util.Comparator} does
   */
  static int[] sorted(int[] numbers, IntBinaryOperator comparison) {
    int count = numbers.length;
    int[] from = numbers.clone();
    int[] to = new int[count];
    for (int run = 1; run < count; run = run > count / 2 ? count : 2 * run) {
      for (int start = 0; start < count; start += Math.min(2 * run, count - start)) {
        int middle = (int) Math.min((long) start + run, count);
        int end = (int) Math.min(start + 2L * run, count);
        merge(from, to, start, middle, end, comparison);
      }
      int[] merged = to;
      to = from;
      from = merged;
    }
    return from;
  }

  private static void merge(
      int[] from, int[] to, int start, int middle, int end, IntBinaryOperator comparison) {
    int left = start;
    int right = middle;
    for (int i = start; i < end; i++) {
      boolean takeLeft =
          right == end || (left < middle && comparison.applyAsInt(from[left], from[right]) <= 0);
      to[i] = takeLeft ? from[left++] : from[right++];
    }
  }
}
