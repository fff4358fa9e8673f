package dev.slipway.layer;

/**
 * Finds repetitions in a chunk of bytes: the first half of DEFLATE. What it finds depends on the
 * bytes up to the chunk's end alone.
 *
 * <p>A token below 256 is a literal; any other is a match as {@link MatchFinder} describes it.
 */
sealed interface DeflateTokenizer permits LazyTokenizer, QuickTokenizer {
  /**
   * Forgets everything and takes up new data.
   *
   * @param data bytes, {@link MatchFinder#SLACK} longer than {@code end}; not changed, not copied
   * @param start how many of them are the dictionary, which gets no tokens
   * @param end where they end
   */
  void begin(byte[] data, int start, int end);

  /**
   * Fills {@code tokens} from the beginning, with as many as fit or as there are left.
   *
   * @return how many there are, 0 at the end of the data
   */
  int next(int[] tokens);

  /** A tokenizer that tries as hard as {@code level} says. */
  static DeflateTokenizer of(DeflateLevel level) {
    return level.depth() == 1 ? new QuickTokenizer() : new LazyTokenizer(level);
  }
}
