package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.slipway.layer.Flattened;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlatImageTest {
  private static final byte[] LOWER =
      new RawTar().file("/d/a", "lower").file("/d/gone", "").file("b", "lower").end();
  private static final byte[] UPPER =
      new RawTar().file("./d/a", "upper").file("./d/.wh.gone", "").end();
  private static final List<String> BOTH =
      List.of("5 755 ./", "0 644 ./b lower", "5 755 ./d/", "0 644 ./d/a upper");

  @TempDir Path folder;
  private Path file = Path.of("");
  private Path spool = Path.of("");

  @BeforeEach
  void makeFolders() throws IOException {
    file = folder.resolve("a.tar");
    spool = Files.createDirectory(folder.resolve("spool"));
  }

  private byte[] export(byte[] archive) throws IOException {
    return export(archive, ArchiveLimits.DEFAULT, null, null);
  }

  private byte[] export(
      byte[] archive, ArchiveLimits limits, @Nullable String name, @Nullable String tag)
      throws IOException {
    Files.write(file, archive);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DockerArchive opened = DockerArchive.open(file, spool, limits);
        FlatImage image = opened.flatten(name, tag)) {
      image.writeTo(Channels.newChannel(out), 7);
    } finally {
      assertThat(spool).isEmptyDirectory();
    }
    return out.toByteArray();
  }

  private void refused(byte[] archive, ArchiveLimits limits, String message) {
    assertThatThrownBy(() -> export(archive, limits, null, null))
        .isInstanceOf(ImageException.class)
        .hasMessage(file + ": " + message);
  }

  private void refused(byte[] archive, String message) {
    refused(archive, ArchiveLimits.DEFAULT, message);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] one(byte[] layer) {
    return new ArchiveSketch().layer("l/layer.tar", layer).end();
  }

  private static ArchiveSketch two() {
    return new ArchiveSketch().layer("low/layer.tar", LOWER).layer("up/layer.tar", UPPER);
  }

  @Test
  void flattensArchivesOfEveryCompression() throws IOException {
    byte[] plain = two().end();

    assertThat(Flattened.list(export(plain))).isEqualTo(BOTH);
    assertThat(export(gzip(plain))).isEqualTo(export(plain));
    assertThat(export(Zstd.compress(plain))).isEqualTo(export(plain));
  }

  @Test
  void flattensLayersOfEveryCompression() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("low.gz", LOWER).listed("up.zst", UPPER);
    sketch.tar().file("low.gz", gzip(LOWER)).file("up.zst", Zstd.compress(UPPER));

    assertThat(export(sketch.end())).isEqualTo(export(two().end()));
  }

  @Test
  void flattensLayersThatAreLinksOrListedTwice() throws IOException {
    ArchiveSketch sketch = two().listed("again/layer.tar", LOWER).listed("low/layer.tar", LOWER);
    sketch.tar().link('2', "again/layer.tar", "../low/layer.tar");

    assertThat(Flattened.list(export(sketch.end())))
        .containsExactly(
            "5 755 ./", "0 644 ./b lower", "5 755 ./d/", "0 644 ./d/a lower", "0 644 ./d/gone");
  }

  @Test
  void picksTheImage() throws IOException {
    ArchiveSketch other = new ArchiveSketch().layer("o/layer.tar", UPPER);
    ArchiveSketch sketch = two();
    sketch.tar().file("o/layer.tar", UPPER).file(other.configName(), other.config());
    String manifest =
        "["
            + inside(sketch.manifest())
            + ","
            + inside(other.manifest()).replace("some:tag", "docker.io/library/o:2")
            + "]";
    byte[] archive = sketch.endWith(manifest);

    assertThat(Flattened.list(export(archive))).isEqualTo(BOTH);
    assertThat(Flattened.list(export(archive, ArchiveLimits.DEFAULT, "o", "2")))
        .containsExactly("5 755 ./", "5 755 ./d/", "0 644 ./d/a upper");
    assertThatThrownBy(() -> export(archive, ArchiveLimits.DEFAULT, "o", "3"))
        .hasMessage(file + ": holds no image o:3, but some:tag, docker.io/library/o:2");
  }

  private static String inside(String list) {
    return list.substring(1, list.length() - 1);
  }

  @Test
  void contentsAreRightWhereverTheyLie() throws IOException {
    long seed = 99;
    SplittableRandom random = new SplittableRandom(seed);
    RawTar lower = new RawTar();
    RawTar upper = new RawTar();
    for (int i = 0; i < 300; i++) {
      String name = "d%d/f%d".formatted(random.nextInt(9), random.nextInt(1000));
      byte[] content = new byte[i % 50 == 0 ? 700_000 : random.nextInt(3000)];
      random.nextBytes(content);
      (random.nextBoolean() ? lower : upper).file(name, content);
    }
    byte[] below = lower.end();
    byte[] above = upper.end();
    byte[] plain = new ArchiveSketch().layer("b", below).layer("a", above).end();
    ArchiveSketch packed = new ArchiveSketch().listed("b", below).layer("a", above);
    packed.tar().file("b", gzip(below));
    byte[] expected = Flattened.tar(below, above);

    assertThat(export(plain)).as("seed %d", seed).isEqualTo(expected);
    assertThat(export(packed.end())).as("seed %d", seed).isEqualTo(expected);
    Files.write(file, plain);
    Path out = folder.resolve("out.tar");
    try (DockerArchive archive = DockerArchive.open(file, spool);
        FlatImage image = archive.flatten(null, null);
        FileChannel channel =
            FileChannel.open(out, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      image.writeTo(channel, 7);
    }
    assertThat(out).hasBinaryContent(expected);
  }

  @Test
  void sparseFilesOfCompressedLayersHaveTheirHoles() throws IOException {
    byte[] layer =
        new RawTar()
            .file("before", "x")
            .pax("GNU.sparse.major", "1", "GNU.sparse.minor", "0", "GNU.sparse.realsize", "9")
            .file("sparse", "1\n4\n3\n" + "\0".repeat(506) + "abc")
            .end();
    ArchiveSketch sketch = new ArchiveSketch().listed("l", layer);
    sketch.tar().file("l", gzip(layer));

    byte[] exported = export(sketch.end());

    assertThat(Flattened.list(exported)).contains("0 644 ./sparse \0\0\0\0abc\0\0");
    assertThat(export(one(layer))).isEqualTo(exported);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void refusesLayersThatAreNotTheirDiffId(boolean packed) throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("l", UPPER);
    sketch.tar().file("l", packed ? gzip(LOWER) : LOWER);

    assertThatThrownBy(() -> export(sketch.end()))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageStartingWith(file + ": layer l: ");
  }

  @Test
  void refusesEntriesThatAreNotInTheLayersRoot() {
    refused(
        one(new RawTar().file("a/../../b", "").end()),
        "layer l/layer.tar: entry a/../../b has '..' in its name");
    refused(
        one(new RawTar().link('1', "a", "../b").end()),
        "layer l/layer.tar: entry a is a hard link that leaves the layer: ../b");
    refused(
        one(new RawTar().link('1', "a", "/etc/passwd").end()),
        "layer l/layer.tar: entry a is a hard link to etc/passwd, which is no file of the layer"
            + " before it");
  }

  @Test
  void linksNeverLeadOut() throws IOException {
    Path outside = Files.writeString(folder.resolve("outside"), "secret");
    byte[] layer =
        new RawTar()
            .link('2', "up", "../../../../../../../../../../..")
            .link('2', "root", folder.toString())
            .file("up/made", "1")
            .file("root/outside", "2")
            .end();

    assertThat(Flattened.list(export(one(layer))))
        .contains("0 644 ./made 1", "0 644 ." + outside + " 2");
    assertThat(outside).hasContent("secret");
    assertThat(folder.resolve("made")).doesNotExist();
    refused(
        one(new RawTar().link('2', "l", outside.toString()).link('1', "h", "l/x").end()),
        "layer l/layer.tar: entry h is a hard link to l/x, which is no file of the layer before"
            + " it");
  }

  @Test
  void refusesMoreContentThanIsAllowed() throws IOException {
    ArchiveLimits limits = new ArchiveLimits(1 << 20, 100_000, 2);
    byte[] sparse =
        new RawTar()
            .pax("GNU.sparse.size", "9000000000000", "GNU.sparse.map", "0,1")
            .file("huge", "x")
            .end();
    RawTar links = new RawTar().file("f", new byte[9000]);
    for (int i = 0; i < 20; i++) {
      links.link('1', "l" + i, "f");
    }

    refused(
        one(sparse),
        limits,
        "its files have 9000000000000 bytes together, more than the 100000 that are allowed");
    refused(
        one(links.end()),
        limits,
        "its files have 189000 bytes together, more than the 100000 that are allowed");
    RawTar many = new RawTar();
    for (int i = 0; i < 20; i++) {
      many.file("f" + i, new byte[9000]);
    }
    assertThat(export(one(many.end()), limits, null, null)).isNotEmpty();
  }

  @Test
  void refusesToSpoolMoreThanIsAllowed() throws IOException {
    byte[] large = new RawTar().file("zeros", new byte[600_000]).end();
    byte[] other = new RawTar().file("more", new byte[600_000]).end();
    ArchiveSketch sketch = new ArchiveSketch().listed("l", large).listed("m", other);
    sketch.tar().file("l", gzip(large)).file("m", gzip(other));
    byte[] archive = sketch.end();

    refused(
        archive,
        new ArchiveLimits(1_000_000, 1_000_000, 2),
        "layer m: decompresses to more than the "
            + (1_000_000 - large.length)
            + " bytes that are allowed in "
            + spool);
    refused(
        archive,
        new ArchiveLimits(1_000_000, 500_000, 2),
        "layer l: decompresses to more than the 500000 bytes that are allowed");
  }

  @Test
  void refusesMoreNamesThanFitInMemory() throws IOException {
    RawTar tar = new RawTar();
    byte[] none = new byte[0];
    for (int i = 0; i < 1700; i++) {
      tar.longFile(i + "/" + "d/".repeat(2000) + "f", none);
    }
    byte[] layer = tar.end();
    ArchiveSketch sketch = new ArchiveSketch().listed("l", layer);
    sketch.tar().file("l", gzip(layer));

    refused(sketch.end(), "too many files, or too long names, to be kept in memory");
  }

  @Test
  void noticesThatTheFileChanged() throws IOException {
    Files.write(file, two().end());
    try (DockerArchive archive = DockerArchive.open(file, spool);
        FlatImage image = archive.flatten(null, null)) {
      Files.writeString(file, "more", StandardOpenOption.APPEND);

      assertThatThrownBy(() -> image.writeTo(Channels.newChannel(new ByteArrayOutputStream()), 7))
          .isInstanceOf(ImageException.class)
          .hasMessage(file + ": changed while it was read");
    }
  }

  @Test
  void damageNeverLeadsToAnythingButAClearRefusal() throws IOException {
    byte[] layer =
        new RawTar()
            .file("d/f", "content")
            .link('1', "h", "d/f")
            .link('2', "l", "d")
            .file("l/g", "")
            .file("d/.wh.x", "")
            .end();
    byte[] whole = new ArchiveSketch().layer("l", layer).layer("m", UPPER).end();
    long seed = 271828;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 2000; i++) {
      byte[] damaged = whole.clone();
      int at = random.nextInt(damaged.length);
      damaged[at] = (byte) random.nextInt(256);
      RawTar.fixChecksums(damaged);
      try {
        assertThat(export(damaged)).isNotEmpty();
      } catch (ImageException e) {
        assertThat(e.getMessage())
            .as("seed %d, round %d", seed, i)
            .startsWith(file.toString())
            .doesNotContain("\n");
      }
    }
    assertThat(new String(whole, UTF_8)).contains("manifest.json");
  }
}
