package dev.slipway.layer;

/**
 * How hard {@link DeflateEncoder} tries.
 *
 * @param depth how many earlier places are compared with each place
 * @param nice the length of a match that ends the search for a longer one
 * @param good the length of a match after which the next place is searched a quarter as deep
 * @param lazy the length of a match after which the next place is not searched at all
 */
record DeflateLevel(int depth, int nice, int good, int lazy) {
  static final int FASTEST = 1;
  static final int BEST = 9;

  /** The effort that a level from {@link #FASTEST} to {@link #BEST} stands for. */
  static DeflateLevel of(int level) {
    return switch (level) {
      case 1 -> new DeflateLevel(1, 16, 4, 0);
      case 2 -> new DeflateLevel(2, 16, 4, 0);
      case 3 -> new DeflateLevel(3, 24, 4, 4);
      case 4 -> new DeflateLevel(5, 32, 6, 8);
      case 5 -> new DeflateLevel(8, 48, 8, 12);
      case 6 -> new DeflateLevel(16, 64, 8, 16);
      case 7 -> new DeflateLevel(32, 128, 16, 32);
      case 8 -> new DeflateLevel(128, 258, 32, 128);
      case 9 -> new DeflateLevel(1024, 258, 64, 258);
      default -> throw new IllegalArgumentException("DEFLATE level " + level);
    };
  }
}
