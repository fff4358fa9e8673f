package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdCompressCtx;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CompressionTest {
  private static final byte[] TEXT = "Slipway ".repeat(9000).getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @CsvSource({
    "'', NONE",
    "1f, NONE",
    "1f8b, GZIP",
    "1f8b0800000000000003, GZIP",
    "28b52ffd, ZSTD",
    "502a4d18, ZSTD",
    "5f2a4d18, ZSTD",
    "602a4d18, NONE",
    "425a68656c6c6f000000, NONE", // a tar that begins with a file called BZhello
    "00000000000000000000, NONE"
  })
  void detectsByMagic(String head, Compression expected) throws ImageException {
    assertThat(Compression.detect(HexFormat.of().parseHex(head), "x")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "fd377a585a0000000000, xz",
    "425a6839314159265359, bzip2",
    "04224d18000000000000, lz4",
    "02214c18000000000000, lz4",
    "4c5a4950010000000000, lzip",
    "1f9d9000000000000000, compress"
  })
  void namesWhatItCannotRead(String head, String name) {
    assertThatThrownBy(() -> Compression.detect(HexFormat.of().parseHex(head), "base.tar"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "base.tar: compressed with " + name + "; expected gzip, zstd or no compression");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void decompressesWhateverItIs(Compression compression) throws IOException {
    assertThat(read(compressed(compression, TEXT))).isEqualTo(TEXT);
    assertThat(read(compressed(compression, new byte[0]))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "ZSTD"})
  void readsAllMembersAndFrames(Compression compression) throws IOException {
    byte[] first = compressed(compression, TEXT);
    byte[] joined =
        join(first, compressed(compression, new byte[0]), compressed(compression, TEXT));

    assertThat(read(joined)).isEqualTo(join(TEXT, TEXT));
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "ZSTD"})
  void refusesTruncatedDataWhereverTheyEnd(Compression compression) throws IOException {
    byte[] whole = compressed(compression, TEXT);

    for (int size = 0; size < whole.length; size++) {
      byte[] part = Arrays.copyOf(whole, size);
      if (size == 0 && compression == Compression.ZSTD) {
        continue; // No frame at all is no frame truncated.
      }
      assertThatThrownBy(
              () -> compression.decompress(new ByteArrayInputStream(part), "l").readAllBytes())
          .as("%d bytes", size)
          .isInstanceOf(ImageException.class)
          .hasMessageStartingWith("l: ")
          .hasMessageContaining("truncated");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      names = {"GZIP", "ZSTD"})
  void noFlippedBitGoesUnseen(Compression compression) throws IOException {
    byte[] text = Arrays.copyOf(TEXT, 5000);
    byte[] whole = compressed(compression, text);

    for (int bit = 8 * 10; bit < 8 * whole.length; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      InputStream in = compression.decompress(new ByteArrayInputStream(damaged), "l");
      byte[] content;
      try {
        content = in.readAllBytes();
      } catch (ImageException e) {
        assertThat(e).hasMessageStartingWith("l: ");
        continue;
      }
      assertThat(content).as("bit %d", bit).isEqualTo(text); // in the padding before a byte's end
    }
  }

  @Test
  void acceptsZerosBehindGzipAndNothingElse() throws IOException {
    byte[] gzip = compressed(Compression.GZIP, TEXT);

    assertThat(read(join(gzip, new byte[100_000]))).isEqualTo(TEXT);
    assertThatThrownBy(() -> read(join(gzip, new byte[100_000], new byte[] {1})))
        .isInstanceOf(ImageException.class)
        .hasMessage("test: gzip data are damaged: something follows them");
    assertThatThrownBy(() -> read(join(gzip, new byte[] {'x'})))
        .hasMessage("test: gzip data are damaged: something follows them");
    assertThatThrownBy(() -> read(join(gzip, new byte[] {0x1f, 'x'})))
        .hasMessage("test: gzip data are damaged: no gzip header");
  }

  @Test
  void refusesAnythingBehindZstd() throws IOException {
    byte[] zstd = compressed(Compression.ZSTD, TEXT);

    assertThatThrownBy(() -> read(join(zstd, "garbage".getBytes(StandardCharsets.UTF_8))))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("test: zstd data are damaged");
  }

  @Test
  void skipsFramesWithoutContent() throws IOException {
    byte[] skippable = HexFormat.of().parseHex("532a4d1803000000aabbcc");

    assertThat(read(join(skippable, compressed(Compression.ZSTD, TEXT), skippable)))
        .isEqualTo(TEXT);
  }

  @Test
  void readsHeadersWithEveryField() throws IOException {
    byte[] plain = compressed(Compression.GZIP, TEXT);
    byte[] header =
        join(
            HexFormat.of().parseHex("1f8b081e785634120203" + "0500" + "4162010000"),
            "name\0comment\0".getBytes(StandardCharsets.ISO_8859_1));
    var crc = new CRC32();
    crc.update(header);
    byte[] sum = {(byte) crc.getValue(), (byte) (crc.getValue() >>> 8)};
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);

    assertThat(read(join(header, sum, rest))).isEqualTo(TEXT);
    sum[0] ^= 1;
    assertThatThrownBy(() -> read(join(header, sum, rest)))
        .hasMessage("test: gzip data are damaged: the header's checksum differs");
  }

  @ParameterizedTest
  @CsvSource({
    "1f8b07, a method other than DEFLATE",
    "1f8b0820, unknown flags",
  })
  void refusesUnknownHeaders(String header, String message) {
    assertThatThrownBy(() -> read(HexFormat.of().parseHex(header)))
        .hasMessage("test: gzip data are damaged: " + message);
  }

  @Test
  void refusesAWindowThatWouldTakeTooMuchMemory() {
    byte[] compressed;
    try (var zstd = new ZstdCompressCtx()) {
      compressed = zstd.setLevel(1).setContentSize(false).setWindowLog(28).compress(TEXT);
    }
    byte[] header = Arrays.copyOf(compressed, compressed.length);
    header[4] &= ~0x20; // Not a single segment: a window descriptor follows, here of 256 MiB.
    header[5] = (byte) ((28 - 10) << 3);

    assertThatThrownBy(() -> read(header))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("zstd")
        .hasMessageContaining("memory");
  }

  @Test
  void closesWhatItReads() throws IOException {
    for (Compression compression : Compression.values()) {
      var in =
          new ByteArrayInputStream(compressed(compression, TEXT)) {
            boolean closed;

            @Override
            public void close() {
              closed = true;
            }
          };
      try (InputStream content = Compression.decompressAny(in, "x")) {
        assertThat(content.read()).isEqualTo('S');
      }
      assertThat(in.closed).isTrue();
    }
  }

  private static byte[] read(byte[] bytes) throws IOException {
    try (InputStream in = Compression.decompressAny(new ByteArrayInputStream(bytes), "test")) {
      return in.readAllBytes();
    }
  }

  private static byte[] compressed(Compression compression, byte[] content) throws IOException {
    return CompressorContract.compress(
        switch (compression) {
          case NONE -> new NoCompression();
          case GZIP -> new GzipCompressor(6, 1);
          case ZSTD -> new ZstdCompressor(3, 1);
        },
        content);
  }

  private static byte[] join(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
