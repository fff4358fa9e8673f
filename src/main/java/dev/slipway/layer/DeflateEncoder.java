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

  private final DeflateTokenizer tokenizer;
  private final BitWriter bits = new BitWriter();
  private final DeflateBlocks blocks = new DeflateBlocks(bits);
  private final int[] tokens = new int[MAX_TOKENS + 1];

  DeflateEncoder(DeflateLevel level) {
    tokenizer = DeflateTokenizer.of(level);
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
    tokenizer.begin(data, start, end);
    int at = start;
    for (int count; (count = tokenizer.next(tokens)) > 0; ) {
      at = blocks.write(tokens, count, data, at);
    }
    blocks.flush();
    return bits.size();
  }
}
