package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Compression;
import dev.slipway.layer.Flattened;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** mergeImages and exportImage of the image file, and their commands. */
class MergeAndExportTest {
  @TempDir Path folder;

  @BeforeEach
  void writeSources() throws IOException {
    Files.createDirectories(folder.resolve("temporary"));
    Files.createDirectories(folder.resolve("rootfs/etc"));
    Files.writeString(folder.resolve("rootfs/etc/motd"), "hello");
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        images:
          base:
            buildImage:
              { name: base, tag: "1", architecture: amd64, copyToRoot: ./rootfs, compressor: zstd }
          upper:
            buildLayeredImage:
              { name: upper, tag: "2", architecture: amd64, fromImage: "${{ images.base }}",
                extraCommands: "mkdir etc; echo 2 > etc/two" }
          other:
            streamLayeredImage: { name: other, tag: "3", architecture: amd64 }
          gz: { mergeImages: [ "${{ images.base }}", "${{ images.other }}", "${{ images.upper }}" ] }
          zstd: { mergeImages: [ "${{ images.gz }}", "${{ images.base }}" ] }
          none: { mergeImages: [ "${{ images.base }}", "${{ images.other }}" ] }
          nested: { mergeImages: [ "${{ images.other }}", "${{ images.zstd }}" ] }
          file: { mergeImages: [ "${{ images.other }}", ./base.tar.zst ] }
          flat: { exportImage: { fromImage: "${{ images.upper }}" } }
          picked:
            exportImage:
              { fromImage: "${{ images.gz }}", fromImageName: base, fromImageTag: "1", diskSize: 1 }
          missing: { exportImage: { fromImage: "${{ images.gz }}", fromImageName: nobody } }
          noimage: { mergeImages: [ "${{ images.flat }}" ] }
        """);
  }

  private Run run(String... arguments) {
    return Run.with(
        Map.of(
            "XDG_DATA_HOME", folder.resolve("data").toString(),
            "XDG_CACHE_HOME", folder.resolve("cache").toString(),
            "TMPDIR", folder.resolve("temporary").toString()),
        arguments);
  }

  private Run build(String name, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("build", name, "-f", folder.resolve("slipway.yaml").toString(), "--quiet"));
    all.addAll(List.of("--store", "embedded"));
    all.addAll(List.of(more));
    Run run = run(all.toArray(String[]::new));
    assertThat(folder.resolve("temporary")).isEmptyDirectory();
    return run;
  }

  private Path built(String name) {
    Path out = folder.resolve(name + ".out");
    Run run = build(name, "-o", out.toString());
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo(out + "\n");
    return out;
  }

  private static List<String> strings(JsonValue list, String key) {
    return ((JsonArray) list)
        .elements().stream()
            .map(element -> ((JsonObject) element).get(key))
            .map(value -> value instanceof JsonString text ? text.value() : String.valueOf(value))
            .toList();
  }

  @ParameterizedTest
  @CsvSource({"gz,GZIP", "zstd,ZSTD", "none,NONE", "nested,ZSTD"})
  void whatIsMergedIsCompressedLikeTheLast(String name, Compression expected) throws IOException {
    byte[] head = new byte[Compression.MAGIC_SIZE];
    try (var in = Files.newInputStream(built(name))) {
      assertThat(in.readNBytes(head, 0, head.length)).isEqualTo(head.length);
    }

    assertThat(Compression.detect(head, name)).isEqualTo(expected);
  }

  @Test
  void anArchiveInAFileIsCompressedAsItIs() throws IOException {
    assertThat(build("base", "-o", folder.resolve("base.tar.zst").toString()).err()).isEmpty();
    Path merged = built("file");

    assertThat(Compression.detect(Files.readAllBytes(merged), "merged"))
        .isEqualTo(Compression.ZSTD);
  }

  @Test
  void jsonHasAnElementForEachImage() throws IOException {
    String out = folder.resolve("gz.out").toString();
    Run run = build("gz", "-o", out, "--json");
    JsonValue images = Json.parse(run.output().toByteArray(), "output", JsonLimits.FOREIGN);

    assertThat(strings(images, "name")).containsExactly("base", "other", "upper");
    assertThat(strings(images, "tag")).containsExactly("1", "3", "2");
    assertThat(strings(images, "out")).containsOnly(out);
    JsonValue inspected =
        Json.parse(
            run("inspect", out, "--json").output().toByteArray(), "output", JsonLimits.FOREIGN);
    assertThat(strings(inspected, "configDigest")).isEqualTo(strings(images, "configDigest"));
  }

  @Test
  void theCommandMergesAsTheImageFileDoes() throws IOException {
    Path base = built("base");
    Path other = built("other");
    Path out = folder.resolve("command.out");
    Run run = run("merge", base.toString(), other.toString(), "-o", out.toString());

    assertThat(run.err())
        .startsWith("merged images: layer 1 of 2, 10.0 KiB\n")
        .contains("merged images: 2 layers, 20.0 KiB in ");
    assertThat(run.out()).isEqualTo(out + "\n");
    assertThat(out).hasSameBinaryContentAs(built("none"));
    Run twice = run("merge", base.toString(), base.toString(), "-o", "-");
    assertThat(Compression.detect(twice.output().toByteArray(), "merged"))
        .isEqualTo(Compression.ZSTD);
  }

  @Test
  void exportsTheFileSystem() throws IOException {
    byte[] flat = Files.readAllBytes(built("flat"));

    assertThat(Flattened.list(flat))
        .containsExactly(
            "5 755 ./", "5 755 ./etc/", "0 444 ./etc/motd hello", "0 644 ./etc/two 2\n");
    Run command = run("export", built("upper").toString(), "-o", "-");
    assertThat(command.output().toByteArray()).isEqualTo(flat);
    Run streamed =
        run(
            "stream",
            "flat",
            "-f",
            folder.resolve("slipway.yaml").toString(),
            "--store",
            "embedded",
            "--quiet");
    assertThat(streamed.output().toByteArray()).isEqualTo(flat);
  }

  @Test
  void exportsTheImageThatIsNamed() throws IOException {
    assertThat(Flattened.list(Files.readAllBytes(built("picked"))))
        .containsExactly("5 755 ./", "5 555 ./etc/", "0 444 ./etc/motd hello");
    Run run = build("missing", "-o", folder.resolve("out").toString());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("holds no image nobody, but base:1, other:3, upper:2");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void whatIsExportedIsNoImage() {
    Run run = build("noimage", "-o", folder.resolve("out").toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).endsWith("manifest.json is missing\n").hasLineCount(1);
  }
}
