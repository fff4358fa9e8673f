package dev.slipway.layer;

import static dev.slipway.layer.DeflateSymbols.END_OF_BLOCK;

/**
 * Writes tokens as DEFLATE blocks (RFC 1951, section 3.2.3), none of them final. A new block begins
 * where codes of its own save more than their description takes; each block has the form, stored,
 * fixed or dynamic, that makes it the smallest.
 */
final class DeflateBlocks {
  /** How many tokens are looked at together when blocks are cut. */
  private static final int STEP = 1 << 10;

  private static final int STORED = 0;
  private static final int FIXED = 1;
  private static final int DYNAMIC = 2;
  private static final int MAX_STORED = 0xffff;

  private final BitWriter bits;
  private final HuffmanCode literals = new HuffmanCode(DeflateSymbols.LITERALS_AND_LENGTHS, 15);
  private final HuffmanCode distances = new HuffmanCode(DeflateSymbols.DISTANCES, 15);
  private final DeflateCodeDescription description = new DeflateCodeDescription();
  private DeflateHistogram block = new DeflateHistogram();
  private DeflateHistogram step = new DeflateHistogram();

  DeflateBlocks(BitWriter bits) {
    this.bits = bits;
  }

  /** The most bytes that {@code size} bytes can become. */
  static int bound(int size) {
    return size + size / (STEP / 8) + 64;
  }

  /**
   * Writes tokens.
   *
   * @param tokens matches, and literals as their value
   * @param count how many there are
   * @param data the bytes that they stand for, from {@code from} on
   * @return where those bytes end
   */
  int write(int[] tokens, int count, byte[] data, int from) {
    int start = 0;
    int place = from;
    long cost = 0;
    block.clear();
    for (int at = 0; at < count; ) {
      int next = Math.min(count, at + STEP);
      step.clear();
      step.count(tokens, at, next);
      long alone = step.cost();
      long joined = block.costWith(step);
      if (at > start && cost + alone < joined) {
        place = writeBlock(tokens, start, at, data, place);
        start = at;
        cost = alone;
        DeflateHistogram written = block;
        block = step;
        step = written;
      } else {
        block.add(step);
        cost = joined;
      }
      at = next;
    }
    return count > 0 ? writeBlock(tokens, start, count, data, place) : place;
  }

  /** Writes an empty stored block: what follows begins at a whole byte. */
  void flush() {
    writeStored(new byte[0], 0, 0);
  }

  private int writeBlock(int[] tokens, int start, int stop, byte[] data, int from) {
    int size = block.bytes();
    block.literals[END_OF_BLOCK] = 1;
    literals.build(block.literals);
    distances.build(block.distances);
    description.describe(literals.lengths, distances.lengths);
    long dynamicBits = description.size() + size(block, literals, distances);
    long fixedBits = size(block, DeflateSymbols.FIXED_LITERALS, DeflateSymbols.FIXED_DISTANCES);
    if (storedBits(size) <= 3 + Math.min(dynamicBits, fixedBits)) {
      writeStored(data, from, size);
    } else if (fixedBits <= dynamicBits) {
      bits.put(FIXED << 1, 3);
      writeTokens(
          tokens, start, stop, DeflateSymbols.FIXED_LITERALS, DeflateSymbols.FIXED_DISTANCES);
    } else {
      bits.put(DYNAMIC << 1, 3);
      description.write(bits);
      writeTokens(tokens, start, stop, literals, distances);
    }
    return from + size;
  }

  private static long size(DeflateHistogram of, HuffmanCode literals, HuffmanCode distances) {
    long size = 0;
    for (int symbol = 0; symbol < of.literals.length; symbol++) {
      int extra = symbol <= END_OF_BLOCK ? 0 : DeflateSymbols.lengthExtraBits(symbol);
      size += (long) of.literals[symbol] * (literals.lengths[symbol] + extra);
    }
    for (int symbol = 0; symbol < of.distances.length; symbol++) {
      int extra = DeflateSymbols.distanceExtraBits(symbol);
      size += (long) of.distances[symbol] * (distances.lengths[symbol] + extra);
    }
    return size;
  }

  private long storedBits(int size) {
    int blocks = (size + MAX_STORED - 1) / MAX_STORED;
    return 3 + (bits.toNextByte() + 5 & 7) + (blocks - 1) * 8L + blocks * 32L + size * 8L;
  }

  private void writeStored(byte[] data, int from, int size) {
    int at = from;
    do {
      int count = Math.min(MAX_STORED, from + size - at);
      bits.put(STORED << 1, 3);
      bits.align();
      bits.put(count, 16);
      bits.put(~count & MAX_STORED, 16);
      bits.putBytes(data, at, count);
      at += count;
    } while (at < from + size);
  }

  private void writeTokens(
      int[] tokens, int start, int stop, HuffmanCode literals, HuffmanCode distances) {
    for (int n = start; n < stop; n++) {
      int token = tokens[n];
      if (token < END_OF_BLOCK) {
        bits.put(literals.codes[token], literals.lengths[token]);
      } else {
        writeMatch(token, literals, distances);
      }
    }
    bits.put(literals.codes[END_OF_BLOCK], literals.lengths[END_OF_BLOCK]);
  }

  private void writeMatch(int match, HuffmanCode literals, HuffmanCode distances) {
    int length = MatchFinder.length(match);
    int symbol = DeflateSymbols.ofLength(length);
    long all = literals.codes[symbol];
    int count = literals.lengths[symbol];
    all |= (long) (length - DeflateSymbols.lengthBase(symbol)) << count;
    count += DeflateSymbols.lengthExtraBits(symbol);

    int distance = MatchFinder.distance(match);
    symbol = DeflateSymbols.ofDistance(distance);
    all |= (long) distances.codes[symbol] << count;
    count += distances.lengths[symbol];
    all |= (long) (distance - DeflateSymbols.distanceBase(symbol)) << count;
    count += DeflateSymbols.distanceExtraBits(symbol);
    bits.put(all, count);
  }
}
