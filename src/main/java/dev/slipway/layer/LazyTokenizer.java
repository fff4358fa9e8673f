package dev.slipway.layer;

/**
 * Takes at each place the longest match, unless the one that begins at the next place is better.
 * Where nothing is found for long, as in data that are compressed already, only some places are
 * tried.
 */
final class LazyTokenizer implements DeflateTokenizer {
  /** After each 2^6 searches in vain one place more is passed over before the next, up to 8. */
  private static final int MISSES_LOG = 6;

  private static final int MAX_UNSOUGHT = 8;

  private final DeflateLevel level;
  private final MatchFinder matches = new MatchFinder();
  private byte[] data = {};
  private int at;
  private int end;

  LazyTokenizer(DeflateLevel level) {
    this.level = level;
  }

  @Override
  public void begin(byte[] data, int start, int end) {
    this.data = data;
    this.end = end;
    at = start;
    matches.reset(data, end);
    matches.skip(0, start);
  }

  @Override
  public int next(int[] tokens) {
    int most = tokens.length - 1; // A literal and the match after it are one step.
    int count = 0;
    int misses = 0;
    while (at < end && count < most) {
      int match = matches.find(at, 0, level.depth(), level.nice());
      if (match == 0) {
        int unsought = Math.min(misses++ >> MISSES_LOG, MAX_UNSOUGHT);
        int literals = Math.min(1 + unsought, Math.min(end - at, most - count));
        for (int n = 0; n < literals; n++) {
          tokens[count++] = data[at++] & 0xff;
        }
        continue;
      }
      misses = 0;
      int noted = at + 1;
      while (count < most && MatchFinder.length(match) < level.lazy()) {
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
    return count;
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
