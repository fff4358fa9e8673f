package dev.slipway.layer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Takes at each place the better of two matches: with the latest place that begins with four bytes
 * of the same hash, and with the latest one with three. No earlier places are tried, and few places
 * within a match are noted.
 *
 * <p>Whether there is a match cannot be foretold, and processors lose more time by guessing wrongly
 * than by comparing in vain; so both places are compared at all times, and one number, the match's
 * rank, decides.
 */
final class QuickTokenizer implements DeflateTokenizer {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int HASH4_BITS = 15;
  private static final int HASH3_BITS = 12;
  private static final int MAX_DISTANCE = MatchFinder.WINDOW - 1;

  /** A match of three bytes from further away costs more than the literals that it replaces. */
  private static final int WORTH_IT = (3 << 16) + MAX_DISTANCE - (1 << 12);

  /** After each 2^6 places in vain one more is passed over before the next, up to 8. */
  private static final int MISSES_LOG = 6;

  private static final int MAX_UNSOUGHT = 8;

  private final int[] latest4 = new int[1 << HASH4_BITS];
  private final int[] latest3 = new int[1 << HASH3_BITS];
  private byte[] data = {};
  private int at;
  private int end;

  @Override
  public void begin(byte[] data, int start, int end) {
    this.data = data;
    this.end = end;
    at = start;
    // Where nothing is noted the first place is compared, which is a match as good as others.
    Arrays.fill(latest4, 0);
    Arrays.fill(latest3, 0);
    for (int place = 1; place < start; place++) {
      note(place, (long) LONG.get(data, place));
    }
  }

  @Override
  public int next(int[] tokens) {
    byte[] bytes = data;
    int most = tokens.length - 1;
    int lastSought = end - Long.BYTES;
    int place = at;
    int count = 0;
    int misses = 0;
    if (place == 0 && place < end) {
      tokens[count++] = bytes[place++] & 0xff;
    }
    while (place < lastSought && count < most) {
      long word = (long) LONG.get(bytes, place);
      int hash4 = hash4(word);
      int hash3 = hash3(word);
      int rank =
          Math.max(
              rank(bytes, word, latest4[hash4], place), rank(bytes, word, latest3[hash3], place));
      latest4[hash4] = place;
      latest3[hash3] = place;
      if (rank >= WORTH_IT) {
        int distance = MAX_DISTANCE - (rank & 0xffff);
        int length = rank >>> 16;
        if (length == Long.BYTES) {
          length =
              extend(bytes, place - distance, place, Math.min(MatchFinder.MAX_LENGTH, end - place));
        }
        tokens[count++] = distance << 9 | length;
        note(place + 1, word >>> 8);
        note(place + 2, word >>> 16);
        place += length;
        note(place - 1, (long) LONG.get(bytes, place - 1));
        misses = 0;
      } else {
        int passed = 1 + Math.min(misses++ >> MISSES_LOG, MAX_UNSOUGHT);
        for (int stop = Math.min(place + passed, place + most - count); place < stop; place++) {
          tokens[count++] = bytes[place] & 0xff;
        }
      }
    }
    while (place >= lastSought && place < end && count < most) {
      tokens[count++] = bytes[place++] & 0xff;
    }
    at = place;
    return count;
  }

  /**
   * How good a match with an earlier place is: the number of bytes, at most 8, in the upper half,
   * and in the lower half the nearer, the more. 0 if it is too far away.
   */
  private static int rank(byte[] bytes, long word, int earlier, int place) {
    int nearness = MAX_DISTANCE - (place - earlier);
    long difference = (long) LONG.get(bytes, earlier) ^ word;
    int rank = (Long.numberOfTrailingZeros(difference) >>> 3) << 16 | (nearness & 0xffff);
    return rank & ~(nearness >> 31);
  }

  /** The length of a match of at least 8 bytes. */
  private static int extend(byte[] bytes, int earlier, int later, int limit) {
    int length = Long.BYTES;
    while (length < limit) {
      long difference =
          (long) LONG.get(bytes, earlier + length) ^ (long) LONG.get(bytes, later + length);
      if (difference != 0) {
        length += Long.numberOfTrailingZeros(difference) >>> 3;
        break;
      }
      length += Long.BYTES;
    }
    return Math.min(length, limit);
  }

  private void note(int place, long word) {
    latest4[hash4(word)] = place;
    latest3[hash3(word)] = place;
  }

  private static int hash4(long word) {
    return ((int) word * 0x9e3779b1) >>> (32 - HASH4_BITS);
  }

  private static int hash3(long word) {
    return (((int) word << 8) * 0x9e3779b1) >>> (32 - HASH3_BITS);
  }
}
