package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GzipCompressorTest extends CompressorContract {
  @Override
  Compressor compressor(int threads) {
    return new GzipCompressor(GzipCompressor.DEFAULT_LEVEL, threads);
  }

  /** Whoever changes these changes the digest of every compressed image: see docs/adr/0003. */
  @ParameterizedTest
  @CsvSource({
    "1, 904c87ab22fdbff93e9a27da47b9fa024040376c8225361c5dbaaf551e3d3343",
    "2, 5bcffa4385702ceaba8a8c1e8d6a67a851304190bb954eef6563299d61f72161",
    "3, c98446b45e90d0a7773678c9723b3c69b511b10ada2c8739b7baa6347e9e86b7",
    "4, 7ff00c0054754ca66b9be5f7fb64834d9857b4606fccfb91ab465ccebb4b3cf5",
    "5, e05a968d33f7bd25826c7948001d7b5c6e60e0dc0d97a6cc9390bd50d2ee802f",
    "6, 71efc97b12a32c88ef77ebd11a7e93be56465b41ff5b77cd04772747dd25d104",
    "7, fad4fded62b1de7f2b8af3c7370cdb854384f66cd20fcc1eca0f6296d5c1bd98",
    "8, 6c3563f27760e05052da7b2c55893a77e62fbdf83ca403ed5cd0f6126eb955dd",
    "9, ec4463bffc540d3d5404c5a65e42bb2d38d8ef18fe2301d4a8e29d2301cea203"
  })
  void writesTheSameBytesAsBefore(int level, String sha256) throws IOException {
    byte[] compressed = compress(new GzipCompressor(level, 2), golden());

    assertThat(Digest.of(compressed).hex()).isEqualTo(sha256);
  }

  @Test
  void anEmptyStreamIsThis() throws IOException {
    assertThat(HexFormat.of().formatHex(compress(compressor(1), new byte[0])))
        .isEqualTo("1f8b0800000000000003" + "0300" + "00000000" + "00000000");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void theJdkReadsEveryLevel(int level) throws IOException {
    byte[] compressed = compress(new GzipCompressor(level, 2), golden());

    try (var in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
      assertThat(in.readAllBytes()).isEqualTo(golden());
    }
  }

  @Test
  void higherLevelsCompressBetter() throws IOException {
    byte[] data = SampleBytes.text(random(3), 600_000);

    int before = Integer.MAX_VALUE;
    for (int level : new int[] {1, 3, 6, 9}) {
      int size = compress(new GzipCompressor(level, 2), data).length;
      assertThat(size).as("level %d", level).isLessThan(before);
      before = size;
    }
  }

  @Test
  void aFailedContentLeavesAStreamThatIsNotWhole() {
    var out = new ByteArrayOutputStream();

    assertThatThrownBy(() ->
            compressor(2)
                .compress(
                    channel -> {
                      channel.write(ByteBuffer.wrap(golden()));
                      throw new IOException("gone");
                    },
                    Channels.newChannel(out)))
        .hasMessage("gone");
    assertThatThrownBy(() ->
            Compression.GZIP
                .decompress(new ByteArrayInputStream(out.toByteArray()), "x.gz")
                .readAllBytes())
        .hasMessage("x.gz: gzip data are truncated");
  }

  @Test
  void stopsWhenInterrupted() {
    byte[] data = golden();

    assertThatThrownBy(() ->
            compressor(1)
                .compress(
                    channel -> {
                      Thread.currentThread().interrupt();
                      for (int n = 0; n < 10; n++) {
                        channel.write(ByteBuffer.wrap(data));
                      }
                    },
                    Channels.newChannel(new ByteArrayOutputStream())))
        .isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 10})
  void refusesOtherLevels(int level) {
    assertThatThrownBy(() -> new GzipCompressor(level, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gzip level " + level + ": expected 1 to 9");
  }

  @Test
  void refusesToWorkWithoutThreads() {
    assertThatThrownBy(() -> new GzipCompressor(6, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("0 threads: expected at least 1");
  }
}
