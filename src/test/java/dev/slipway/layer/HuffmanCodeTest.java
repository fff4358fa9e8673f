package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class HuffmanCodeTest {
  @Test
  void numbersCodesAsTheExampleOfRfc1951() {
    HuffmanCode code = HuffmanCode.ofLengths(new byte[] {3, 3, 3, 3, 3, 2, 4, 4});

    assertThat(code.codes)
        .containsExactly(
            reversed("010"),
            reversed("011"),
            reversed("100"),
            reversed("101"),
            reversed("110"),
            reversed("00"),
            reversed("1110"),
            reversed("1111"));
  }

  @Test
  void givesNoCodeToWhatDoesNotOccur() {
    var code = new HuffmanCode(4, 15);

    code.build(new int[] {7, 0, 1, 2});

    assertThat(code.lengths).containsExactly(1, 0, 2, 2);
  }

  @Test
  void isCompleteEvenWithoutSymbols() {
    var code = new HuffmanCode(30, 15);

    code.build(new int[30]);
    assertThat(code.lengths).startsWith(1, 1, 0).endsWith(0);

    var one = new int[30];
    one[0] = 9;
    code.build(one);
    assertThat(code.lengths).startsWith(1, 1, 0);
  }

  @Test
  void keepsToTheLongestLength() {
    var frequencies = new int[30]; // Fibonacci's numbers make the deepest of trees.
    frequencies[0] = 1;
    frequencies[1] = 1;
    for (int n = 2; n < frequencies.length; n++) {
      frequencies[n] = frequencies[n - 1] + frequencies[n - 2];
    }
    var code = new HuffmanCode(30, 15);

    code.build(frequencies);

    assertThat(space(code.lengths, 15)).isEqualTo(1 << 15);
    assertThat(code.lengths).contains(15);
    for (int n = 1; n < 30; n++) {
      assertThat(code.lengths[n]).isLessThanOrEqualTo(code.lengths[n - 1]);
    }
  }

  @RepeatedTest(50)
  void isCompleteAndShortest(RepetitionInfo repetition) {
    long seed = repetition.getCurrentRepetition();
    var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    var frequencies = new int[2 + random.nextInt(285)];
    for (int n = 0; n < frequencies.length; n++) {
      frequencies[n] = random.nextInt(3) == 0 ? 0 : random.nextInt(1 << random.nextInt(1, 12));
    }
    frequencies[0] = 1;
    frequencies[1] = 1;
    var wide = new HuffmanCode(frequencies.length, 32);
    var code = new HuffmanCode(frequencies.length, 15);

    wide.build(frequencies);
    code.build(frequencies);

    assertThat(cost(frequencies, wide.lengths)).as("seed %d", seed).isEqualTo(best(frequencies));
    assertThat(space(code.lengths, 15)).as("seed %d", seed).isEqualTo(1 << 15);
    assertThat(cost(frequencies, code.lengths))
        .as("seed %d", seed)
        .isBetween(best(frequencies), best(frequencies) * 101 / 100);
  }

  private static char reversed(String bits) {
    return (char) Integer.parseInt(new StringBuilder(bits).reverse().toString(), 2);
  }

  /** How much of the code space is taken, 2 to the power of {@code maxBits} being all of it. */
  private static int space(byte[] lengths, int maxBits) {
    int space = 0;
    for (byte length : lengths) {
      space += length == 0 ? 0 : 1 << (maxBits - length);
    }
    return space;
  }

  private static long cost(int[] frequencies, byte[] lengths) {
    long cost = 0;
    for (int n = 0; n < frequencies.length; n++) {
      cost += (long) frequencies[n] * lengths[n];
    }
    return cost;
  }

  /** The cost of an optimal code is the sum of the inner nodes of Huffman's tree. */
  private static long best(int[] frequencies) {
    var queue = new PriorityQueue<Long>();
    Arrays.stream(frequencies).filter(f -> f > 0).forEach(f -> queue.add((long) f));
    long cost = 0;
    while (queue.size() > 1) {
      long joined = queue.remove() + queue.remove();
      cost += joined;
      queue.add(joined);
    }
    return cost;
  }
}
