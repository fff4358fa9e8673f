package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@ValueSource(ints = {1, 6})
class DeflateEncoderTest {
  private final DeflateEncoder encoder;

  DeflateEncoderTest(int level) {
    encoder = new DeflateEncoder(DeflateLevel.of(level));
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 2, 3, 4, 5, 257, 258, 259, 32767, 32768, 32769, 65534, 65535, 65536, 131071})
  void roundTripsAtEdges(int size) throws DataFormatException {
    RandomGenerator random = random(size);
    assertRoundTrip(SampleBytes.zeros(size), 0);
    assertRoundTrip(SampleBytes.incompressible(random, size), 0);
    assertRoundTrip(SampleBytes.text(random, size), 0);
    assertRoundTrip(SampleBytes.mixed(random, size), 0);
  }

  @RepeatedTest(60)
  void roundTripsWithADictionary(RepetitionInfo repetition) throws DataFormatException {
    RandomGenerator random = random(repetition.getCurrentRepetition());
    byte[] data = SampleBytes.mixed(random, 1 + random.nextInt(1 << random.nextInt(1, 19)));

    assertRoundTrip(data, random.nextInt(1 + Math.min(data.length, MatchFinder.WINDOW)));
  }

  @Test
  void sendsNoiseStored() {
    byte[] noise = SampleBytes.incompressible(random(1), 200_000);

    byte[] encoded = encode(noise, 0);

    assertThat(encoded).hasSizeLessThan(noise.length + 60);
    assertThat(encoded[0] & 7).isZero();
  }

  @Test
  void sendsFewBytesWithFixedCodes() {
    byte[] encoded = encode(new byte[] {'a'}, 0);

    assertThat(encoded[0] & 7).isEqualTo(1 << 1);
    assertThat(encoded).hasSize(7); // one literal, end of block, empty stored block
  }

  @Test
  void sendsTextWithItsOwnCodes() {
    byte[] encoded = encode(SampleBytes.text(random(2), 100_000), 0);

    assertThat(encoded[0] & 7).isEqualTo(2 << 1);
    assertThat(encoded).hasSizeLessThan(40_000);
  }

  @Test
  void findsTheDictionarysBytes() {
    byte[] noise = SampleBytes.incompressible(random(3), 32_000);
    byte[] twice = Arrays.copyOf(noise, 64_000);
    System.arraycopy(noise, 0, twice, 32_000, 32_000);

    assertThat(encode(twice, 32_000)).hasSizeLessThan(600);
  }

  @Test
  void doesNotDependOnWhatItEncodedBefore() {
    byte[] first = SampleBytes.mixed(random(4), 300_000);
    byte[] second = SampleBytes.mixed(random(5), 200_000);
    byte[] fresh = encode(second, 1000);

    encode(first, 0);

    assertThat(encode(second, 1000)).isEqualTo(fresh);
  }

  @RepeatedTest(20)
  void doesNotDependOnWhatLiesBehindTheEnd(RepetitionInfo repetition) {
    RandomGenerator random = random(repetition.getCurrentRepetition());
    byte[] data = SampleBytes.mixed(random, 1 + random.nextInt(5000));
    int end = random.nextInt(data.length);
    byte[] followed = Arrays.copyOf(data, data.length + MatchFinder.SLACK);
    byte[] out = new byte[DeflateEncoder.outputBound(end)];

    int size = encoder.encode(followed, 0, end, out);

    assertThat(Arrays.copyOf(out, size)).isEqualTo(encode(Arrays.copyOf(data, end), 0));
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  private byte[] encode(byte[] data, int start) {
    byte[] padded = Arrays.copyOf(data, data.length + MatchFinder.SLACK);
    Arrays.fill(padded, data.length, padded.length, (byte) start); // It must not matter.
    byte[] out = new byte[DeflateEncoder.outputBound(data.length - start)];
    return Arrays.copyOf(out, encoder.encode(padded, start, data.length, out));
  }

  private void assertRoundTrip(byte[] data, int start) throws DataFormatException {
    byte[] encoded = encode(data, start);
    var inflater = new Inflater(true);
    inflater.setInput(encoded);
    inflater.setDictionary(data, 0, start);
    var decoded = new byte[data.length - start + 1];
    int count = 0;
    for (int part = 1; part > 0; count += part) {
      part = inflater.inflate(decoded, count, decoded.length - count);
    }
    assertThat(inflater.getRemaining()).isZero();
    inflater.end();
    assertThat(Arrays.mismatch(decoded, 0, count, data, start, data.length)).isEqualTo(-1);
  }
}
