package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class NarCompressionTest {
  static byte[] compress(NarCompression compression, byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream to =
        switch (compression) {
          case NONE -> out;
          case XZ -> new XZOutputStream(out, new LZMA2Options(1));
          case ZSTD -> new ZstdOutputStreamNoFinalizer(out);
          case BZIP2 -> new BZip2CompressorOutputStream(out, 1);
          case GZIP -> new GZIPOutputStream(out);
        }) {
      to.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] sample(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    byte[] bytes = new byte[random.nextInt(300_000)];
    random.nextBytes(bytes);
    Arrays.fill(bytes, bytes.length / 3, bytes.length / 2, (byte) 7);
    return bytes;
  }

  private static byte[] decompress(NarCompression compression, byte[] bytes) throws IOException {
    return decompress(compression, bytes, NarCompression.Room.MOST);
  }

  private static byte[] decompress(
      NarCompression compression, byte[] bytes, NarCompression.Room room) throws IOException {
    try (InputStream in = compression.decompress(new ByteArrayInputStream(bytes), "x", room)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsAllStreamsOneAfterTheOther(NarCompression compression) throws IOException {
    byte[] one = sample(1);
    byte[] other = sample(2);
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(compress(compression, one));
    both.writeBytes(compress(compression, other));
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    plain.writeBytes(one);
    plain.writeBytes(other);

    assertThat(decompress(compression, both.toByteArray())).isEqualTo(plain.toByteArray());
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void saysWhenDataAreCutOrDamaged(NarCompression compression) throws IOException {
    long seed = 99;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    byte[] plain = sample(3);
    byte[] whole = compress(compression, plain);
    for (int i = 0; i < 20; i++) {
      byte[] cut = Arrays.copyOf(whole, random.nextInt(whole.length));
      assertThatThrownBy(() -> decompress(compression, cut))
          .as("seed %d: cut to %d", seed, cut.length)
          .isInstanceOf(ImageException.class)
          .hasMessageStartingWith("x: its ");
      byte[] changed = whole.clone();
      changed[random.nextInt(changed.length)] ^= 0x10;
      try {
        // What no checksum covers is for the NAR's hash to find.
        assertThat(decompress(compression, changed)).hasSizeLessThan(1 << 20);
      } catch (ImageException e) {
        assertThat(e).hasMessageStartingWith("x: its ");
      }
    }
    assertThatThrownBy(() -> decompress(compression, new byte[100]))
        .isInstanceOf(ImageException.class);
  }

  @ParameterizedTest
  @EnumSource
  void passesOnWhatIsWrongBelow(NarCompression compression) {
    IOException fault = new IOException("the connection was cut");
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw fault;
          }

          @Override
          public int read(byte[] target, int start, int length) throws IOException {
            throw fault;
          }
        };
    assertThatThrownBy(
            () -> compression.decompress(broken, "x", NarCompression.Room.USUAL).readAllBytes())
        .isSameAs(fault);
  }

  static byte[] xz(int level, byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (XZOutputStream to = new XZOutputStream(out, new LZMA2Options(level))) {
      to.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void readsWhatTheHighestLevelOfXzWritesWhereThereIsRoom() throws IOException {
    byte[] packed = xz(9, new byte[] {1});

    assertThat(decompress(NarCompression.XZ, packed)).containsExactly(1);
    assertThatThrownBy(() -> decompress(NarCompression.XZ, packed, NarCompression.Room.USUAL))
        .isInstanceOf(NarCompression.MoreRoomException.class);
    assertThat(decompress(NarCompression.XZ, xz(7, new byte[] {1}), NarCompression.Room.USUAL))
        .containsExactly(1);
  }
}
