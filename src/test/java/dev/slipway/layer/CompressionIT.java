package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slipway's compressed bytes before the usual programs, and theirs before Slipway. */
class CompressionIT {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void gzipAndPigzReadEveryLevel(int level) throws Exception {
    byte[] content = content();
    Path file =
        Files.write(
            dir.resolve("x.gz"),
            CompressorContract.compress(new GzipCompressor(level, 2), content));

    assertThat(run("gzip", "-t", file.toString())).isEmpty();
    assertThat(run("gzip", "-dc", file.toString())).isEqualTo(content);
    assertThat(run("pigz", "-dc", file.toString())).isEqualTo(content);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 19})
  void zstdReadsItsLevels(int level) throws Exception {
    byte[] content = content();
    Path file =
        Files.write(
            dir.resolve("x.zst"),
            CompressorContract.compress(new ZstdCompressor(level, 2), content));

    assertThat(run("zstd", "-dcq", file.toString())).isEqualTo(content);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip -c F",
        "gzip -9c F",
        "pigz -nTRc F",
        "pigz -11 -c F",
        "zstd -qc F",
        "zstd -qc -T2 -19 --long F",
        "zstd -qc --no-check F",
        "cat F",
        "gzip -c F && gzip -1nc F",
        "gzip -c F && head -c 9999 /dev/zero",
        "zstd -qc F && zstd -qc F"
      })
  void readsWhatTheyWrite(String command) throws Exception {
    byte[] content = content();
    Path plain = Files.write(dir.resolve("plain"), content);
    Path file =
        Files.write(
            dir.resolve("compressed"), run("sh", "-c", command.replace("F", plain.toString())));

    byte[] read;
    try (InputStream in = Compression.decompressAny(Files.newInputStream(file), "compressed")) {
      read = in.readAllBytes();
    }

    assertThat(read).startsWith(content);
    assertThat(read.length % content.length).isZero();
  }

  private static byte[] content() {
    return SampleBytes.mixed(CompressorContract.random(7), 600_000);
  }

  /** Runs a program that must succeed and say nothing else than its output. */
  private static byte[] run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var out = new ByteArrayOutputStream();
    process.getInputStream().transferTo(out);
    assertThat(process.waitFor()).as(String.join(" ", List.of(command))).isZero();
    return out.toByteArray();
  }
}
