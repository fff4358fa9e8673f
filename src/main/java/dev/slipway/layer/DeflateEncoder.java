package dev.slipway.layer;

/**
 * DEFLATE (RFC 1951) in one thread's hands: turns a chunk of bytes into blocks that end at a whole
 * byte and none of which is the final one, so that the results of consecutive chunks can be joined
 * as they are. What comes out depends on the chunk, the dictionary before it and the level only.
 *
 * <p>Holds about 0.8 MB, which every chunk uses anew.
 */
final class DeflateEncoder {
  private static final int MAX_TOKENS = 1 << 16;

  /** After each 2^6 searches in vain one place more is passed over before the next, up to 8. */
  private static final int MISSES_LOG = 6;

  private static final int MAX_UNSOUGHT = 8;

  private final DeflateLevel level;
  private final MatchFinder matches = new MatchFinder();
  private final BitWriter bits = new BitWriter();
  private final DeflateBlocks blocks = new DeflateBlocks(bits);
  private final int[] tokens = new int[MAX_TOKENS + 1];
  private int tokenCount;

  DeflateEncoder(DeflateLevel level) {
    this.level = level;
  }

  /** How large the output's array must be for a chunk of {@code size} bytes. */
  static int outputBound(int size) {
    return DeflateBlocks.bound(size) + MatchFinder.SLACK;
  }

  /**
   * Compresses {@code data} from {@code start} to {@code end}; the bytes before {@code start} are
   * the dictionary, known to the reader. Bytes behind {@code end} are read but do not matter.
   *
   * @return how many bytes were written, from the beginning of {@code out} on
   */
  int encode(byte[] data, int start, int end, byte[] out) {
    bits.reset(out);
    matches.reset(data, end);
    matches.skip(0, start);
    for (int at = start; at < end; ) {
      tokenCount = 0;
      int next = tokenize(data, at, end);
      blocks.write(tokens, tokenCount, data, at);
      at = next;
    }
    blocks.flush();
    return bits.size();
  }

  /**
   * Fills {@link #tokens}: at each place the longest match, unless the one that begins at the next
   * place is better. Where nothing is found for long, as in data that are compressed already, only
   * some places are tried.
   *
   * @return the first place that has no token yet
   */
  private int tokenize(byte[] data, int start, int end) {
    int at = start;
    int count = 0;
    int misses = 0;
    while (at < end && count < MAX_TOKENS) {
      int match = matches.find(at, 0, level.depth(), level.nice());
      if (match == 0) {
        int unsought = Math.min(misses++ >> MISSES_LOG, MAX_UNSOUGHT);
        int literals = Math.min(1 + unsought, Math.min(end - at, MAX_TOKENS - count));
        for (int n = 0; n < literals; n++) {
          tokens[count++] = data[at++] & 0xff;
        }
        continue;
      }
      misses = 0;
      int noted = at + 1;
      while (count < MAX_TOKENS && MatchFinder.length(match) < level.lazy()) {
        int depth = MatchFinder.length(match) >= level.good() ? level.depth() >> 2 : level.depth();
        int later = matches.find(noted++, MatchFinder.length(match) - 1, depth, level.nice());
        if (!isBetter(later, match)) {
          break;
        }
        tokens[count++] = data[at++] & 0xff;
        match = later;
      }
      tokens[count++] = match;
      at += MatchFinder.length(match);
      matches.skip(noted, at);
    }
    tokenCount = count;
    return at;
  }

  /** Whether a match is worth a literal before it: distances cost bits too. */
  private static boolean isBetter(int later, int match) {
    return later != 0
        && 4 * (MatchFinder.length(later) - MatchFinder.length(match))
            > 2 + magnitude(later) - magnitude(match);
  }

  private static int magnitude(int match) {
    return 31 - Integer.numberOfLeadingZeros(MatchFinder.distance(match));
  }
}
