package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ZstdCompressorTest extends CompressorContract {
  @Override
  Compressor compressor(int threads) {
    return new ZstdCompressor(ZstdCompressor.DEFAULT_LEVEL, threads);
  }

  /** Whoever changes these changes the digest of every compressed image: see docs/adr/0003. */
  @ParameterizedTest
  @CsvSource({
    "1, 65cb3c22d00a7b29a588788ad0eef9110d83af9cfc9ad4e10e5c2383397cd0e8",
    "3, 6ab5cd7c004acf0f8dbf9eda2b0c3c49ad3e6fce46182813c0eccc8a4e2d865d",
    "9, bae17efa267d14642f5dee40eb3bf38eb19c6e8dc6d8a3ac15b8a5ec5bd8db51",
    "19, c50acf06b447df81a8f6578f59e31c1f108b6d4acfd5d06122c6a760b31f22ad"
  })
  void writesTheSameBytesAsBefore(int level, String sha256) throws IOException {
    byte[] compressed = compress(new ZstdCompressor(level, 2), golden());

    assertThat(Digest.of(compressed).hex()).isEqualTo(sha256);
  }

  @Test
  void theFrameHasAChecksumAndNoContentSize() throws IOException {
    byte[] compressed = compress(compressor(1), new byte[10]);

    // RFC 8878, section 3.1.1.1.1: no content size, no single segment, checksum, no dictionary.
    assertThat(compressed).startsWith(0x28, 0xb5, 0x2f, 0xfd, 0x04);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 20})
  void refusesOtherLevels(int level) {
    assertThatThrownBy(() -> new ZstdCompressor(level, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("zstd level " + level + ": expected 1 to 19");
  }

  @Test
  void refusesToWorkWithoutWorkers() {
    assertThatThrownBy(() -> new ZstdCompressor(3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("0 workers: expected at least 1");
  }
}
