package dev.slipway.layer;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Bytes of several kinds for tests of compressors; the same generator state gives the same bytes.
 */
final class SampleBytes {
  private SampleBytes() {}

  /** Nothing to compress in them. */
  static byte[] incompressible(RandomGenerator random, int size) {
    var bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  static byte[] zeros(int size) {
    return new byte[size];
  }

  /** Words out of a small vocabulary, the first ones more often. */
  static byte[] text(RandomGenerator random, int size) {
    var words = new byte[500][];
    for (int n = 0; n < words.length; n++) {
      words[n] = new byte[random.nextInt(2, 10)];
      for (int k = 0; k < words[n].length - 1; k++) {
        words[n][k] = (byte) random.nextInt('a', 'z' + 1);
      }
      words[n][words[n].length - 1] = ' ';
    }
    var bytes = new byte[size];
    for (int at = 0; at < size; ) {
      byte[] word = words[random.nextInt(1 + random.nextInt(words.length))];
      int count = Math.min(word.length, size - at);
      System.arraycopy(word, 0, bytes, at, count);
      at += count;
    }
    return bytes;
  }

  /** Runs of all kinds: copies from near and far, repeated short patterns, noise, text, zeros. */
  static byte[] mixed(RandomGenerator random, int size) {
    var bytes = new byte[size];
    for (int at = 0; at < size; ) {
      int count = Math.min(size - at, 1 + random.nextInt(1 << random.nextInt(17)));
      switch (random.nextInt(6)) {
        case 0 -> System.arraycopy(incompressible(random, count), 0, bytes, at, count);
        case 1 -> System.arraycopy(text(random, count), 0, bytes, at, count);
        case 2 -> Arrays.fill(bytes, at, at + count, (byte) random.nextInt(256));
        case 3 -> repeat(bytes, at, count, 1 + random.nextInt(1 + at));
        case 4 -> repeat(bytes, at, count, 1 + random.nextInt(300));
        default -> {
          for (int n = at; n < at + count; n++) {
            bytes[n] = (byte) random.nextInt(4); // Many short matches, few symbols.
          }
        }
      }
      at += count;
    }
    return bytes;
  }

  private static void repeat(byte[] bytes, int at, int count, int distance) {
    for (int n = at; n < at + count; n++) {
      bytes[n] = n < distance ? (byte) n : bytes[n - distance];
    }
  }
}
