package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Measurement;
import dev.slipway.layer.RawTar;
import dev.slipway.layer.TarHeader;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerArchiveTest {
  private static final byte[] LOWER = ArchiveSketch.layer("lower");
  private static final byte[] UPPER = ArchiveSketch.layer("upper");

  @TempDir Path folder;
  private Path file = Path.of("");
  private Path spool = Path.of("");

  @BeforeEach
  void makeFolders() throws IOException {
    file = folder.resolve("a.tar");
    spool = Files.createDirectory(folder.resolve("spool"));
  }

  private DockerArchive open(byte[] archive) throws IOException {
    Files.write(file, archive);
    return DockerArchive.open(file, spool);
  }

  private void refused(byte[] archive, String message) throws IOException {
    Files.write(file, archive);
    assertThatThrownBy(
            () -> {
              try (DockerArchive opened = DockerArchive.open(file, spool)) {
                opened.images();
              }
            })
        .isInstanceOf(ImageException.class)
        .hasMessage(file + ": " + message);
    assertThat(spool).isEmptyDirectory();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static ArchiveSketch two() {
    return new ArchiveSketch().layer("low/layer.tar", LOWER).layer("up/layer.tar", UPPER);
  }

  private static void assertLayers(ArchivedImage image, byte[]... layers) throws IOException {
    assertThat(image.layers()).hasSize(layers.length);
    for (int i = 0; i < layers.length; i++) {
      ArchivedLayer layer = image.layers().get(i);
      assertThat(layer.layer().diffId()).isEqualTo(new DiffId(Digest.of(layers[i])));
      assertThat(layer.layer().tar().size()).isEqualTo(layers[i].length);
      assertThat(BytesBlob.read(layer.layer().tar())).isEqualTo(layers[i]);
    }
  }

  // -- What is remembered

  /** A cache in memory that counts. */
  private static final class Remembered implements DigestCache {
    private final Map<Digest, Measurement> all = new ConcurrentHashMap<>();
    private int hits;

    @Override
    public Optional<Measurement> get(Digest key) {
      Optional<Measurement> found = Optional.ofNullable(all.get(key));
      hits += found.isPresent() ? 1 : 0;
      return found;
    }

    @Override
    public void put(Digest key, Measurement measurement) {
      all.put(key, measurement);
    }
  }

  private static final Duration AT_ONCE = Duration.ofDays(-1);

  private void openAgain(Remembered cache, Duration grain, int hits) throws IOException {
    cache.hits = 0;
    try (DockerArchive archive =
        DockerArchive.open(ImageLocation.of(file), spool, ArchiveLimits.DEFAULT, cache, grain)) {
      assertLayers(archive.first(), LOWER, UPPER);
    }
    assertThat(cache.hits).isEqualTo(hits);
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void knowsLayersAgainAsLongAsTheFileIsTheSame() throws IOException {
    Files.write(file, two().end());
    Remembered cache = new Remembered();
    openAgain(cache, AT_ONCE, 0);
    openAgain(cache, AT_ONCE, 2);
    Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
    openAgain(cache, AT_ONCE, 0);
    openAgain(cache, AT_ONCE, 2);
    Path copy = Files.copy(file, folder.resolve("copy"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.move(copy, file, StandardCopyOption.REPLACE_EXISTING);
    openAgain(cache, AT_ONCE, 0);
  }

  @Test
  void doesNotRememberWhatWasWrittenJustNow() throws IOException {
    Files.write(file, two().end());
    Remembered cache = new Remembered();
    openAgain(cache, FileIdentity.GRAIN.plusDays(1), 0);
    openAgain(cache, FileIdentity.GRAIN.plusDays(1), 0);
    assertThat(cache.all).isEmpty();
  }

  @Test
  void refusesALayerThatWasRememberedAndChangedSince() throws IOException {
    byte[] archive = two().end();
    Files.write(file, archive);
    Remembered cache = new Remembered();
    openAgain(cache, AT_ONCE, 0);
    FileTime modified = Files.getLastModifiedTime(file);
    int content = new String(archive, ISO_8859_1).indexOf("upper");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap("UPPER".getBytes(UTF_8)), content);
    }
    Files.setLastModifiedTime(file, modified);
    try (DockerArchive opened =
        DockerArchive.open(ImageLocation.of(file), spool, ArchiveLimits.DEFAULT, cache, AT_ONCE)) {
      assertThatThrownBy(opened::first).isInstanceOf(ImageException.class);
    }
  }

  // -- What is accepted

  @Test
  void readsImagesAsTheManifestHasThem() throws IOException {
    ArchiveSketch sketch = two();
    try (DockerArchive archive = open(sketch.end())) {
      ArchivedImage image = archive.first();
      assertThat(archive.images()).hasSize(1);
      assertThat(image.repoTags()).containsExactly("some:tag");
      assertThat(new String(image.config().bytes(), UTF_8)).isEqualTo(sketch.config());
      assertThat(image.config().digest().hex() + ".json").isEqualTo(sketch.configName());
      assertThat(image.config().json().get("rootfs")).isNotNull();
      assertThat(image.layers())
          .extracting(ArchivedLayer::memberName)
          .containsExactly("low/layer.tar", "up/layer.tar");
      assertThat(image.layers())
          .extracting(ArchivedLayer::form)
          .containsOnly(ArchivedLayer.Form.DOCKER);
      assertLayers(image, LOWER, UPPER);
    }
  }

  @Test
  void decompressesIntoAFileWithoutAName() throws IOException {
    for (UnaryOperator<byte[]> compressor : compressors()) {
      try (DockerArchive archive = open(compressor.apply(two().end()))) {
        assertThat(spool).isEmptyDirectory();
        assertLayers(archive.first(), LOWER, UPPER);
      }
    }
    assertThat(spool).isEmptyDirectory();
  }

  @Test
  void layersMayBeCompressed() throws IOException {
    for (UnaryOperator<byte[]> compressor : compressors()) {
      ArchiveSketch sketch = new ArchiveSketch().listed("l.tar", LOWER);
      sketch.tar().file("l.tar", compressor.apply(LOWER));
      try (DockerArchive archive = open(sketch.end())) {
        assertLayers(archive.first(), LOWER);
        assertThat(archive.first().layers().getFirst().form()).isEqualTo(ArchivedLayer.Form.OTHER);
      }
    }
  }

  private static List<UnaryOperator<byte[]>> compressors() {
    return List.of(
        bytes -> {
          try {
            return gzip(bytes);
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        },
        Zstd::compress);
  }

  @Test
  void writesToFilesAsToAnythingElse() throws IOException {
    try (DockerArchive archive = open(two().end());
        FileChannel out =
            FileChannel.open(
                folder.resolve("out"), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      for (ArchivedLayer layer : archive.first().layers()) {
        layer.layer().tar().writeTo(out);
      }
    }
    assertThat(folder.resolve("out"))
        .hasBinaryContent(new RawTar().bytes(LOWER).bytes(UPPER).cut());
  }

  @Test
  void namesMayBeRoundabout() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("low//layer.tar", LOWER);
    sketch.tar().member('5', "./").file("./low/./layer.tar", LOWER);
    byte[] archive =
        sketch
            .tar()
            .file("./" + sketch.configName(), sketch.config())
            .file(".//manifest.json", sketch.manifest())
            .end();
    try (DockerArchive opened = open(archive)) {
      assertLayers(opened.first(), LOWER);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, up/layer.tar, ../low/layer.tar",
    "2, up/layer.tar, ../other/../low//layer.tar",
    "2, layer.tar, low/layer.tar",
    "1, up/layer.tar, low/layer.tar",
    "1, up/layer.tar, ./low/layer.tar",
  })
  void layersMayBeLinks(char type, String name, String target) throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().layer("low/layer.tar", LOWER).listed(name, LOWER);
    sketch.tar().link(type, name, target);
    try (DockerArchive archive = open(sketch.end())) {
      assertLayers(archive.first(), LOWER, LOWER);
      ArchivedLayer layer = archive.first().layers().get(1);
      assertThat(layer.memberName()).isEqualTo(name);
      assertThat(layer.member().header().type().flag()).isEqualTo(type);
      assertThat(layer.file().header().type()).isEqualTo(TarHeader.Type.REGULAR);
      assertThat(layer.fileName().toString()).isEqualTo("low/layer.tar");
    }
  }

  @Test
  void linksMayBeChained() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("c", LOWER);
    sketch.tar().link('2', "c", "b").link('2', "b", "a").file("a", LOWER);
    try (DockerArchive archive = open(sketch.end())) {
      assertLayers(archive.first(), LOWER);
    }
  }

  @Test
  void layersMayBeListedAndStoredTwice() throws IOException {
    byte[] archive =
        new ArchiveSketch()
            .layer("l.tar", LOWER)
            .listed("l.tar", LOWER)
            .layer("l.tar", LOWER)
            .end();
    try (DockerArchive opened = open(archive)) {
      assertLayers(opened.first(), LOWER, LOWER, LOWER);
    }
  }

  @Test
  void layersMayHaveLongNames() throws IOException {
    try (DockerArchive archive = open(new ArchiveSketch().layer("l".repeat(200), LOWER).end())) {
      assertLayers(archive.first(), LOWER);
    }
  }

  @Test
  void anImageMayHaveNoLayersAndNoTags() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();
    String manifest =
        "[{\"Config\":\"" + sketch.configName() + "\",\"RepoTags\":null,\"Layers\":null}]";
    try (DockerArchive archive = open(sketch.endWith(manifest))) {
      assertThat(archive.first().layers()).isEmpty();
      assertThat(archive.first().repoTags()).isEmpty();
    }
  }

  @Test
  void oddButHonestLayersPass() throws IOException {
    byte[] layer =
        new RawTar()
            .member('5', "/")
            .file("/nix/store/x", "")
            .link('1', "/h", "/nix/store/x")
            .link('2', "s", "../../etc/passwd")
            .member('3', "dev")
            .member('6', "fifo")
            .file(".wh..wh..opq", "")
            .file("d/.wh.gone", "")
            .file(".wh..wh.plnk/1.2", "")
            .file("..name", "")
            .pax("SCHILY.xattr.security.capability", "\1\0\0\2", "mtime", "-1.5")
            .file("x", "")
            .end();
    try (DockerArchive archive = open(new ArchiveSketch().layer("l.tar", layer).end())) {
      assertLayers(archive.first(), layer);
    }
    byte[] empty = new byte[0];
    try (DockerArchive archive = open(new ArchiveSketch().layer("l.tar", empty).end())) {
      assertLayers(archive.first(), empty);
    }
  }

  @Test
  void picksImagesByNameAndTag() throws IOException {
    ArchiveSketch first = new ArchiveSketch().layer("l.tar", LOWER);
    ArchiveSketch second = new ArchiveSketch(first.tar()).layer("u.tar", UPPER);
    String both =
        first.manifest().replace("\"some:tag\"", "\"host:5000/some:1\",\"docker.io/library/x:1\"")
            + second.manifest();
    byte[] archive =
        first
            .tar()
            .file(first.configName(), first.config())
            .file(second.configName(), second.config())
            .file("manifest.json", both.replace("][", ","))
            .end();
    try (DockerArchive opened = open(archive)) {
      assertThat(opened.images()).hasSize(2);
      assertLayers(opened.image("some", "tag"), UPPER);
      assertLayers(opened.image("x", "1"), LOWER);
      assertLayers(opened.image("host:5000/some", "1"), LOWER);
      assertLayers(opened.image(null, "tag"), UPPER);
      assertLayers(opened.image("some", null), UPPER);
      assertLayers(opened.image(null, null), LOWER);
      assertThatThrownBy(() -> opened.image("some", "1"))
          .isInstanceOf(ImageException.class)
          .hasMessage(
              file
                  + ": holds no image some:1, but host:5000/some:1, docker.io/library/x:1,"
                  + " some:tag");
    }
  }

  @Test
  void readsOciLayouts() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("-", LOWER);
    byte[] stored = gzip(LOWER);
    String manifest =
        "{\"config\":%s,\"layers\":[%s]}"
            .formatted(descriptor(sketch.config().getBytes(UTF_8)), descriptor(stored));
    String nested = "{\"manifests\":[" + descriptor(manifest.getBytes(UTF_8)) + "]}";
    String tagged =
        descriptor(nested.getBytes(UTF_8))
            .replace("}", ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"}}");
    String attestation = "{\"annotations\":{\"vnd.docker.reference.type\":\"attestation\"}}";
    RawTar tar = new RawTar().file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    for (byte[] blob :
        List.of(
            stored,
            sketch.config().getBytes(UTF_8),
            manifest.getBytes(UTF_8),
            nested.getBytes(UTF_8))) {
      tar.file("blobs/sha256/" + Digest.of(blob).hex(), blob);
    }
    tar.file("index.json", "{\"manifests\":[" + attestation + "," + tagged + "]}");
    try (DockerArchive archive = open(tar.end())) {
      assertThat(archive.images()).hasSize(1);
      assertLayers(archive.first(), LOWER);
      assertLayers(archive.image(null, "v1"), LOWER);
      assertThatThrownBy(() -> archive.image("x", "v1"))
          .isInstanceOf(ImageException.class)
          .hasMessage(file + ": holds no image x:v1, but v1");
      assertThat(archive.first().layers().getFirst().form()).isEqualTo(ArchivedLayer.Form.OTHER);
    }
  }

  @Test
  void refusesDescriptorsOfAnotherSize() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch().listed("-", LOWER);
    byte[] config = sketch.config().getBytes(UTF_8);
    String manifest =
        "{\"config\":%s,\"layers\":[%s]}".formatted(descriptor(config), descriptor(LOWER));
    byte[] bytes = manifest.getBytes(UTF_8);
    String wrong = descriptor(bytes).replace("\"size\":" + bytes.length, "\"size\":-1");
    RawTar tar = new RawTar().file("index.json", "{\"manifests\":[" + wrong + "]}");
    for (byte[] blob : List.of(LOWER, config, bytes)) {
      tar.file("blobs/sha256/" + Digest.of(blob).hex(), blob);
    }
    refused(
        tar.end(),
        "blobs/sha256/%s has %d bytes, not as many as index.json.manifests[0] says"
            .formatted(Digest.of(bytes).hex(), bytes.length));
  }

  private static String descriptor(byte[] blob) {
    return "{\"digest\":\"%s\",\"size\":%d}".formatted(Digest.of(blob), blob.length);
  }

  // -- What is refused

  @Test
  void refusesWhatIsNoArchive() throws IOException {
    refused("no tar".repeat(100).getBytes(UTF_8), "offset 0: checksum is wrong: not a tar archive");
    refused(new byte[0], "manifest.json is missing");
    refused(LOWER, "manifest.json is missing");
    assertThatThrownBy(() -> DockerArchive.open(folder, spool))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            folder
                + ": expected an image archive or OCI layout, found a directory without"
                + " oci-layout");
  }

  @Test
  void refusesOtherCompressors() throws IOException {
    byte[] xz = HexFormat.of().parseHex("fd377a585a000004e6d6b446");
    refused(xz, "compressed with xz; expected gzip, zstd or no compression");
    refused(
        new ArchiveSketch().layer("l.tar", xz).end(),
        "layer l.tar: compressed with xz; expected gzip, zstd or no compression");
  }

  @Test
  void refusesWhatFollowsCompressedData() throws IOException {
    byte[] trailing = new RawTar().bytes(gzip(two().end())).bytes(new byte[] {1}).cut();
    refused(trailing, "gzip data are damaged: something follows them");
  }

  @Test
  void refusesNamesThatLeaveTheArchive() throws IOException {
    refused(
        new ArchiveSketch(new RawTar().file("/etc/passwd", "")).end(),
        "member /etc/passwd has an absolute name");
    refused(
        new ArchiveSketch(new RawTar().file("a/../../b", "")).end(),
        "member a/../../b has '..' in its name");
    refused(
        new ArchiveSketch(new RawTar().file("a/../b", "")).end(),
        "member a/../b has '..' in its name");
  }

  @ParameterizedTest
  @CsvSource({
    "2, l, /etc/passwd",
    "2, l, ../x",
    "2, a/l, ../../x",
    "2, a/l, b/../../../x",
    "1, a/l, /etc/passwd",
    "1, a/l, ../x",
    "1, a/l, b/../x",
  })
  void refusesLinksThatLeaveTheArchive(char type, String name, String target) throws IOException {
    refused(
        new ArchiveSketch(new RawTar().link(type, name, target)).end(),
        "member " + name + " is a link that leaves the archive: " + target);
  }

  @Test
  void showsHostileNamesOnOneLine() throws IOException {
    refused(
        new ArchiveSketch(new RawTar().file("/a\nb\u001b[2J", "")).end(),
        "member /a\\x0ab\\x1b[2J has an absolute name");
  }

  @Test
  void refusesManifestsThatAreNoManifests() throws IOException {
    refused(
        new RawTar().file("manifest.json", "[]").file("./manifest.json", "[]").end(),
        "manifest.json is there more than once");
    refused(new RawTar().member('5', "manifest.json").end(), "manifest.json is not a plain file");
    refused(
        new RawTar().file("m", "[]").link('2', "manifest.json", "m").end(),
        "manifest.json is not a plain file");
    refused(new RawTar().file("manifest.json", "[]").end(), "holds no image");
    refused(
        new RawTar().file("manifest.json", "{}").end(),
        "manifest.json: expected a list, found an object");
    refused(
        new RawTar().file("manifest.json", "[1]").end(),
        "manifest.json[0]: expected an object, found a number");
    refused(
        new RawTar().file("manifest.json", "[{}]").end(),
        "manifest.json[0].Config: expected a string, found nothing");
    refused(
        new RawTar().file("manifest.json", "[{\"Config\":\"x\"}]").end(),
        "x is missing, but named by manifest.json[0].Config");
    refused(
        new RawTar().file("manifest.json", "[{\"Config\":\"../x\"}]").end(),
        "manifest.json[0].Config names no member of the archive: '../x'");
    refused(
        new ArchiveSketch().endWith("[{\"Config\":\"/x\"}]"),
        "manifest.json[0].Config names no member of the archive: '/x'");
  }

  @Test
  void refusesManifestsWithFieldsOfOtherKinds() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();
    String start = "[{\"Config\":\"" + sketch.configName() + "\",";
    refused(
        sketch.endWith(start + "\"RepoTags\":\"x\"}]"),
        "manifest.json[0].RepoTags: expected a list, found a string");
    refused(
        new ArchiveSketch().endWith(start + "\"Layers\":[null]}]"),
        "manifest.json[0].Layers: expected strings, found null");
    refused(
        new ArchiveSketch().endWith(start + "\"Layers\":[\"x\"]}]"),
        "manifest.json[0] has 1 layers, but its config has 0 diff IDs");
  }

  @Test
  void refusesDocumentsThatAreNotJson() throws IOException {
    for (String name : List.of("manifest.json", "c")) {
      for (String text : List.of("", "{", "[1] 2", "nothing", "[".repeat(600), "\u0000")) {
        byte[] archive =
            name.equals("c")
                ? new RawTar().file("c", text).file("manifest.json", "[{\"Config\":\"c\"}]").end()
                : new RawTar().file(name, text).end();
        Files.write(file, archive);
        assertThatThrownBy(() -> DockerArchive.open(file, spool))
            .isInstanceOf(ImageException.class)
            .message()
            .startsWith(file + ": " + name + ":")
            .doesNotContain("\n");
      }
    }
  }

  @Test
  void refusesLargeDocuments() throws IOException {
    byte[] large = new byte[JsonLimits.FOREIGN.maxBytes() + 1];
    Arrays.fill(large, (byte) ' ');
    refused(
        new RawTar().file("manifest.json", large).end(),
        "manifest.json has 33554433 bytes, more than the 33554432 that are allowed");
  }

  @Test
  void refusesManyLargeDocuments() throws IOException {
    byte[] large = new byte[30 << 20];
    Arrays.fill(large, (byte) ' ');
    byte[] config = "{\"rootfs\":{}}".getBytes(UTF_8);
    System.arraycopy(config, 0, large, 0, config.length);
    String entry = "{\"Config\":\"c\"}";
    refused(
        new RawTar()
            .file("c", large)
            .file("manifest.json", "[" + String.join(",", entry, entry, entry, entry) + "]")
            .end(),
        "its documents have more than the 100663296 bytes together that are allowed");
  }

  @Test
  void refusesConfigsThatAreNoConfigs() throws IOException {
    ArchiveSketch sketch = new ArchiveSketch();
    String hex = "0".repeat(64);
    for (String name : List.of(hex + ".json", "sha256:" + hex, "blobs/sha256/" + hex)) {
      refused(
          new RawTar()
              .file(name, sketch.config())
              .file("manifest.json", "[{\"Config\":\"" + name + "\"}]")
              .end(),
          name
              + ": expected sha256:"
              + hex
              + ", found "
              + Digest.of(sketch.config().getBytes(UTF_8)));
    }
    String manifest = "[{\"Config\":\"c\"}]";
    refused(
        new RawTar().file("c", "{}").file("c", "{}").file("manifest.json", manifest).end(),
        "c is there more than once");
    refused(
        new RawTar().member('6', "c").file("manifest.json", manifest).end(),
        "c is not a plain file");
    refused(
        new RawTar().file("c", "[]").file("manifest.json", manifest).end(),
        "c: expected an object, found a list");
    refused(
        new RawTar().file("c", "{}").file("manifest.json", manifest).end(),
        "manifest.json[0]'s config.rootfs: expected an object, found nothing");
    refused(
        new RawTar()
            .file("c", "{\"rootfs\":{\"diff_ids\":[\"sha512:x\"]}}")
            .file("manifest.json", manifest)
            .end(),
        "manifest.json[0]'s config.rootfs.diff_ids: expected a sha256 digest, found 'sha512:x'");
  }

  @Test
  void refusesLayersThatAreNoFiles() throws IOException {
    refused(
        new ArchiveSketch().listed("l", LOWER).end(),
        "l is missing, but named by manifest.json[0]");
    refused(
        new ArchiveSketch().listed("../l", LOWER).end(),
        "manifest.json[0] names no member of the archive: '../l'");
    refused(
        new ArchiveSketch().listed("", LOWER).end(),
        "manifest.json[0] names no member of the archive: ''");
    for (char type : new char[] {'3', '5', '6'}) {
      refused(
          new ArchiveSketch(new RawTar().member(type, "l")).listed("l", LOWER).end(),
          "l, named by manifest.json[0], is no file");
    }
    refused(
        new ArchiveSketch(new RawTar().link('2', "l", "m")).listed("l", LOWER).end(),
        "l is a link to m, which is missing");
    refused(
        new ArchiveSketch(new RawTar().link('2', "l", "m").link('2', "m", "l"))
            .listed("l", LOWER)
            .end(),
        "l, named by manifest.json[0], is no file");
    refused(
        new ArchiveSketch(new RawTar().link('2', "l", ".")).listed("l", LOWER).end(),
        "l is a link to , which is missing");
  }

  @Test
  void refusesLayersThatAreNotTheirDiffId() throws IOException {
    ArchiveSketch sketch = two().listed("l.tar", LOWER);
    sketch.tar().file("l.tar", UPPER);
    refused(
        sketch.end(),
        "layer l.tar: expected %s, found %s".formatted(Digest.of(LOWER), Digest.of(UPPER)));
  }

  @Test
  void refusesLayersThatAreNoTars() throws IOException {
    byte[] text = "text".repeat(200).getBytes(UTF_8);
    refused(
        new ArchiveSketch().layer("l", text).end(),
        "layer l: offset 0: checksum is wrong: not a tar archive");
    byte[] cut = Arrays.copyOf(LOWER, 700);
    refused(new ArchiveSketch().layer("l", cut).end(), "layer l: offset 0: member is truncated");
    byte[] trailing = Arrays.copyOf(LOWER, LOWER.length + 512);
    trailing[LOWER.length] = 1;
    refused(
        new ArchiveSketch().layer("l", trailing).end(),
        "layer l: offset 2048: end is followed by something that is no padding");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/../b", "/..", ".."})
  void refusesLayerEntriesThatClimb(String name) throws IOException {
    byte[] layer = new RawTar().file(name, "").end();
    refused(
        new ArchiveSketch().layer("l", layer).end(),
        "layer l: entry " + name + " has '..' in its name");
  }

  @Test
  void refusesHardLinksThatLeaveTheLayer() throws IOException {
    byte[] layer = new RawTar().link('1', "h", "../../etc/passwd").end();
    refused(
        new ArchiveSketch().layer("l", layer).end(),
        "layer l: entry h is a hard link that leaves the layer: ../../etc/passwd");
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh.", "a/.wh.", ".wh..", "a/.wh...", ".wh.a/b", ".wh./b"})
  void refusesWhiteoutsThatNameNothing(String name) throws IOException {
    byte[] layer = new RawTar().file(name, "").end();
    refused(
        new ArchiveSketch().layer("l", layer).end(),
        "layer l: entry " + name + " is a whiteout that names no entry");
  }

  @Test
  void refusesTooManyMembers() throws IOException {
    RawTar tar = new RawTar();
    String name = "n".repeat((1 << 20) - 1);
    for (int i = 0; i < 24; i++) {
      tar.extension('L', name + i % 10).file("x", "");
    }
    refused(new ArchiveSketch(tar).end(), "has too many members to be an image archive");
  }

  @Test
  void refusesTooMuchDecompressedData() throws IOException {
    byte[] bomb = new byte[1 << 20];
    Files.write(file, Zstd.compress(bomb));
    assertThatThrownBy(
            () -> DockerArchive.open(file, spool, new ArchiveLimits(1 << 19, 1 << 19, 2)))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            file + ": decompresses to more than the 524288 bytes that are allowed in " + spool);
    assertThat(spool).isEmptyDirectory();
    ArchiveSketch sketch = new ArchiveSketch().listed("l", bomb);
    sketch.tar().file("l", Zstd.compress(bomb));
    Files.write(file, sketch.end());
    try (DockerArchive archive =
        DockerArchive.open(file, spool, new ArchiveLimits(1 << 19, 1 << 19, 2))) {
      assertThatThrownBy(archive::first)
          .isInstanceOf(ImageException.class)
          .hasMessage(
              file + ": layer l: decompresses to more than the 524288 bytes that are allowed");
    }
  }

  @Test
  void noticesThatTheFileChanged() throws IOException {
    try (DockerArchive archive = open(two().end())) {
      ArchivedLayer layer = archive.first().layers().getFirst();
      Files.write(file, new byte[1000]);
      assertThatThrownBy(() -> BytesBlob.read(layer.layer().tar()))
          .isInstanceOf(ImageException.class)
          .hasMessage(file + ": changed while it was read");
    }
  }

  // -- Damage

  @Test
  void archivesCutAnywhereAreRefusedOrWhole() throws IOException {
    byte[] archive = two().end();
    for (int length = 0; length < archive.length; length += 256) {
      Files.write(file, Arrays.copyOf(archive, length));
      if (length == archive.length - 1024 || length == archive.length - 512) {
        try (DockerArchive opened = DockerArchive.open(file, spool)) {
          assertLayers(opened.first(), LOWER, UPPER);
        }
      } else {
        assertThatThrownBy(() -> DockerArchive.open(file, spool))
            .isInstanceOf(ImageException.class)
            .message()
            .startsWith(file + ": ");
      }
    }
  }

  @Test
  void compressedArchivesCutAnywhereAreRefused() throws IOException {
    for (UnaryOperator<byte[]> compressor : compressors()) {
      byte[] archive = compressor.apply(two().end());
      for (int length = 0; length < archive.length; length += 7) {
        Files.write(file, Arrays.copyOf(archive, length));
        assertThatThrownBy(() -> DockerArchive.open(file, spool))
            .isInstanceOf(ImageException.class)
            .message()
            .startsWith(file + ": ");
        assertThat(spool).isEmptyDirectory();
      }
    }
  }

  @Test
  void damageNeverLeadsToAnythingButAClearRefusal() throws IOException {
    byte[] whole = two().end();
    long seed = 20250202;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 2000; round++) {
      byte[] damaged = whole.clone();
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, damaged);
      String what = "seed " + seed + ", round " + round;
      try (DockerArchive archive = DockerArchive.open(file, spool)) {
        assertThat(archive.images().getFirst().layers().size()).as(what).isBetween(0, 2);
      } catch (ImageException e) {
        assertThat(e).as(what).message().startsWith(file + ": ").doesNotContain("\n");
      }
    }
  }
}
