package dev.slipway.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds repetitions (RFC 1951, section 4): chains of the earlier places with the same hash of four
 * bytes, and the latest one with the same hash of three. What it finds depends on the bytes and the
 * effort alone: words are read little-endian on every machine.
 *
 * <p>A match is an {@code int}, {@code distance << 9 | length}; 0 is none.
 */
final class MatchFinder {
  static final int WINDOW = 1 << 15;
  static final int MAX_LENGTH = 258;

  /** How many bytes behind the last of its data may be read, though they never matter. */
  static final int SLACK = 8;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int MASK = WINDOW - 1;
  private static final int HASH4_BITS = 15;
  private static final int HASH3_BITS = 12;

  /** A match of three bytes from further away costs more than the literals that it replaces. */
  private static final int NEAR = 1 << 12;

  private final int[] latest4 = new int[1 << HASH4_BITS];
  private final int[] latest3 = new int[1 << HASH3_BITS];

  /** How far before each place of the window the one with the same hash is, at most 65535. */
  private final char[] back = new char[WINDOW];

  private byte[] data = {};
  private int end;

  static int length(int match) {
    return match & 0x1ff;
  }

  static int distance(int match) {
    return match >>> 9;
  }

  /**
   * Forgets everything and takes up new data.
   *
   * @param data bytes, {@link #SLACK} longer than {@code end}; not changed, not copied
   * @param end where they end; no match goes beyond
   */
  void reset(byte[] data, int end) {
    this.data = data;
    this.end = end;
    Arrays.fill(latest4, -WINDOW);
    Arrays.fill(latest3, -WINDOW);
  }

  /** Takes note of the places from {@code from} to {@code to}, exclusive, for later matches. */
  void skip(int from, int to) {
    int stop = Math.min(to, end - 3);
    for (int at = from; at < stop; at++) {
      int word = (int) INT.get(data, at);
      int hash4 = hash4(word);
      back[at & MASK] = (char) Math.min(at - latest4[hash4], 0xffff);
      latest4[hash4] = at;
      latest3[hash3(word)] = at;
    }
  }

  /**
   * The longest match at {@code at}, the nearest of several; the place is noted for later ones.
   * Places must be given in ascending order, here or to {@link #skip}; those left out are not
   * found.
   *
   * @param longerThan the length that it must exceed
   * @param depth how many earlier places are tried at most
   * @param nice the length that is good enough to stop trying
   */
  int find(int at, int longerThan, int depth, int nice) {
    byte[] bytes = data;
    int maxLength = Math.min(MAX_LENGTH, end - at);
    if (maxLength < 4) {
      return 0;
    }
    int word = (int) INT.get(bytes, at);
    int hash3 = hash3(word);
    int near = latest3[hash3];
    latest3[hash3] = at;
    int hash4 = hash4(word);
    int candidate = latest4[hash4];
    latest4[hash4] = at;
    back[at & MASK] = (char) Math.min(at - candidate, 0xffff);

    int floor = Math.max(at - MASK, 0);
    int found = 0;
    int best = Math.max(longerThan, 3);
    if (longerThan < 3
        && near >= floor
        && at - near <= NEAR
        && (((int) INT.get(bytes, near) ^ word) & 0xffffff) == 0) {
      found = (at - near) << 9 | 3;
    }
    if (best >= maxLength) {
      return found;
    }
    int tail = (int) INT.get(bytes, at + best - 3);
    for (int left = depth; candidate >= floor && left > 0; left--) {
      if ((int) INT.get(bytes, candidate + best - 3) == tail
          && (int) INT.get(bytes, candidate) == word) {
        int length = 4 + common(bytes, candidate + 4, at + 4, maxLength - 4);
        if (length > best) {
          best = length;
          found = (at - candidate) << 9 | length;
          if (length >= nice || length >= maxLength) {
            break;
          }
          tail = (int) INT.get(bytes, at + best - 3);
        }
      }
      candidate -= back[candidate & MASK];
    }
    return found;
  }

  /** How many bytes are the same from two places on, at most {@code limit}. */
  private static int common(byte[] bytes, int earlier, int later, int limit) {
    int length = 0;
    while (length < limit) {
      long difference =
          (long) LONG.get(bytes, earlier + length) ^ (long) LONG.get(bytes, later + length);
      if (difference != 0) {
        return Math.min(limit, length + (Long.numberOfTrailingZeros(difference) >>> 3));
      }
      length += Long.BYTES;
    }
    return limit;
  }

  private static int hash4(int word) {
    return (word * 0x9e3779b1) >>> (32 - HASH4_BITS);
  }

  private static int hash3(int word) {
    return ((word << 8) * 0x9e3779b1) >>> (32 - HASH3_BITS);
  }
}
