package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every compressor promises. */
abstract class CompressorContract {
  static final int CHUNK = GzipChannel.CHUNK_SIZE;

  /** The compressor under test, its work spread over so many threads. */
  abstract Compressor compressor(int threads);

  @ParameterizedTest
  @ValueSource(
      ints = {
        0, 1, 2, 3, 258, 32767, 32768, 65535, 65536, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK,
        1_048_575, 1_048_576, 1_048_577
      })
  void readsBackWhatItWrote(int size) throws IOException {
    RandomGenerator random = random(size);
    assertRoundTrip(SampleBytes.zeros(size));
    assertRoundTrip(SampleBytes.incompressible(random, size));
    assertRoundTrip(SampleBytes.text(random, size));
    assertRoundTrip(SampleBytes.mixed(random, size));
  }

  @RepeatedTest(8)
  void dependsNeitherOnThreadsNorOnTheSizesOfWrites(RepetitionInfo repetition) throws IOException {
    long seed = repetition.getCurrentRepetition();
    RandomGenerator random = random(seed);
    byte[] data = SampleBytes.mixed(random, random.nextInt(1 << random.nextInt(10, 23)));
    byte[] expected = compress(compressor(1), data);

    for (int threads = 1; threads <= 5; threads++) {
      var out = new ByteArrayOutputStream();
      compressor(threads)
          .compress(channel -> writeInPieces(random, data, channel), Channels.newChannel(out));
      assertThat(out.toByteArray()).as("seed %d, %d threads", seed, threads).isEqualTo(expected);
    }
  }

  @Test
  void leavesTheTargetOpen() throws IOException {
    var out = Channels.newChannel(new ByteArrayOutputStream());

    compressor(2).compress(channel -> {}, out);

    assertThat(out.isOpen()).isTrue();
  }

  @Test
  void passesOnWhatTheContentThrows() {
    var out = Channels.newChannel(new ByteArrayOutputStream());

    assertThatThrownBy(() ->
            compressor(2)
                .compress(
                    channel -> {
                      throw new IOException("gone");
                    },
                    out))
        .isInstanceOf(IOException.class)
        .hasMessage("gone");
  }

  @Test
  void passesOnWhatTheTargetThrows() {
    byte[] data = SampleBytes.incompressible(random(1), 5_000_000);
    var full =
        new WritableByteChannel() {
          private int room = 1_000_000;

          @Override
          public int write(ByteBuffer bytes) throws IOException {
            if (bytes.remaining() > room) {
              throw new IOException("full");
            }
            int count = bytes.remaining();
            room -= count;
            bytes.position(bytes.limit());
            return count;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };

    assertThatThrownBy(() -> compressor(2).compress(channel -> write(channel, data), full))
        .isInstanceOf(IOException.class)
        .hasMessage("full");
  }

  @Test
  void copesWithATargetThatTakesLittleAtATime() throws IOException {
    byte[] data = SampleBytes.mixed(random(2), 700_000);
    var out = new ByteArrayOutputStream();
    var slow =
        new WritableByteChannel() {
          @Override
          public int write(ByteBuffer bytes) {
            int count = Math.min(bytes.remaining(), 1000);
            for (int n = 0; n < count; n++) {
              out.write(bytes.get());
            }
            return count;
          }

          @Override
          public boolean isOpen() {
            return true;
          }

          @Override
          public void close() {}
        };

    compressor(2).compress(channel -> write(channel, data), slow);

    assertThat(out.toByteArray()).isEqualTo(compress(compressor(2), data));
  }

  static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /** About a MiB of all kinds of bytes, for digests that tell when the compressed bytes change. */
  static byte[] golden() {
    RandomGenerator random = random(2026);
    var data = new byte[1_234_567];
    byte[] text = SampleBytes.text(random, 500_000);
    byte[] mixed = SampleBytes.mixed(random, data.length - text.length);
    System.arraycopy(text, 0, data, 0, text.length);
    System.arraycopy(mixed, 0, data, text.length, mixed.length);
    return data;
  }

  static byte[] compress(Compressor compressor, byte[] data) throws IOException {
    var out = new ByteArrayOutputStream();
    compressor.compress(channel -> write(channel, data), Channels.newChannel(out));
    return out.toByteArray();
  }

  private static void write(WritableByteChannel channel, byte[] data) throws IOException {
    var bytes = ByteBuffer.wrap(data);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void writeInPieces(
      RandomGenerator random, byte[] data, WritableByteChannel channel) throws IOException {
    for (int at = 0; at < data.length; ) {
      int count = Math.min(data.length - at, random.nextInt(1 << random.nextInt(1, 21)));
      ByteBuffer piece = ByteBuffer.wrap(data, at, count);
      if (random.nextBoolean()) {
        piece = ByteBuffer.allocateDirect(count).put(piece).flip();
      }
      ByteBuffer view = piece.asReadOnlyBuffer();
      while (view.hasRemaining()) {
        channel.write(view);
      }
      at += count;
    }
  }

  private void assertRoundTrip(byte[] data) throws IOException {
    Compressor compressor = compressor(2);
    byte[] compressed = compress(compressor, data);
    try (InputStream in =
        compressor.compression().decompress(new ByteArrayInputStream(compressed), "test")) {
      assertThat(Arrays.mismatch(in.readAllBytes(), data)).isEqualTo(-1);
    }
  }
}
