package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Blob;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.Measurement;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Manifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayoutWriterTest {
  private static final byte[] LOWER = ArchiveSketch.layer("lower");
  private static final byte[] UPPER = ArchiveSketch.layer("upper");

  @TempDir private Path folder;

  /** Counts how often it is written. */
  private static final class CountedBlob implements Blob {
    private final Blob blob;
    private int written;

    CountedBlob(byte[] bytes) {
      this.blob = new BytesBlob(bytes);
    }

    @Override
    public Digest digest() {
      return blob.digest();
    }

    @Override
    public long size() {
      return blob.size();
    }

    @Override
    public void writeTo(WritableByteChannel out) throws IOException {
      written++;
      blob.writeTo(out);
    }
  }

  private static final class MapCache implements DigestCache {
    private final Map<Digest, Measurement> known = new HashMap<>();

    @Override
    public synchronized Optional<Measurement> get(Digest key) {
      return Optional.ofNullable(known.get(key));
    }

    @Override
    public synchronized void put(Digest key, Measurement measurement) {
      known.put(key, measurement);
    }
  }

  private static PackingSettings settings(Compression compression, DigestCache cache) {
    return new PackingSettings(
        Compressor.of(compression, 1),
        false,
        Optional.of(ManifestFormat.OCI),
        Map.of(),
        cache,
        "1");
  }

  private static ContainerImage image(String name, Blob... layers) throws ImageException {
    List<ContainerLayer> all = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (Blob layer : layers) {
      all.add(ContainerLayer.of(Layer.of(layer, 1)));
      diffIds.add("\"" + layer.digest() + "\"");
    }
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":" + diffIds + "}}";
    return ContainerImage.of(name, config.getBytes(UTF_8), all);
  }

  private List<String> files(Path layout) throws IOException {
    try (Stream<Path> files = Files.walk(layout)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> layout.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private Manifest write(
      ContainerImage image, String layout, Optional<String> name, PackingSettings settings)
      throws IOException {
    try (LayoutWriter writer =
        LayoutWriter.open(folder.resolve(layout), OutputFile.Unfinished.UNTOLD)) {
      Manifest manifest = writer.add(image, settings, _ -> {});
      writer.commit(name);
      return manifest;
    }
  }

  private List<byte[]> tars(ImageLocation location) throws IOException {
    List<byte[]> tars = new ArrayList<>();
    try (DockerArchive archive =
        DockerArchive.open(location, folder, ArchiveLimits.DEFAULT, DigestCache.NONE)) {
      for (ArchivedLayer layer : archive.first().layers()) {
        tars.add(layer.open().readAllBytes());
      }
    }
    return tars;
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void writesWhatItReads(Compression compression) throws IOException {
    ContainerImage image =
        image("web:1", new BytesBlob(LOWER), new BytesBlob(UPPER), new BytesBlob(LOWER));
    write(image, "layout", Optional.empty(), settings(compression, DigestCache.NONE));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayoutTar.write(folder.resolve("layout"), 1, Channels.newChannel(out));
    Files.write(folder.resolve("layout.tar"), out.toByteArray());
    for (String place : List.of("oci:layout:1", "oci:layout:web:1", "oci-archive:layout.tar:1")) {
      ImageLocation location = ImageLocation.parse(place, folder).orElseThrow();
      assertThat(tars(location)).containsExactly(LOWER, UPPER, LOWER);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void compressesNoLayerTwice() throws IOException {
    CountedBlob lower = new CountedBlob(LOWER);
    CountedBlob upper = new CountedBlob(UPPER);
    MapCache cache = new MapCache();
    PackingSettings settings = settings(Compression.GZIP, cache);
    write(image("web:1", lower), "layout", Optional.empty(), settings);
    write(image("web:2", lower, upper), "layout", Optional.empty(), settings);
    assertThat(lower.written).isEqualTo(1);
    assertThat(upper.written).isEqualTo(1);
    // What is remembered but not there, or not whole, is compressed again.
    Path layout = folder.resolve("layout/blobs/sha256");
    Digest packed = cache.known.values().stream().map(Measurement::digest).sorted().toList().get(0);
    byte[] content = Files.readAllBytes(layout.resolve(packed.hex()));
    content[content.length - 1] ^= 1;
    Files.write(layout.resolve(packed.hex()), content);
    write(image("web:2", lower, upper), "layout", Optional.empty(), settings);
    assertThat(lower.written + upper.written).isEqualTo(3);
    assertThat(tars(ImageLocation.parse("oci:layout:2", folder).orElseThrow()))
        .containsExactly(LOWER, UPPER);
    write(image("web:2", lower, upper), "other", Optional.empty(), settings);
    assertThat(lower.written + upper.written).isEqualTo(5);
  }

  @Test
  void keepsWhatALayoutHas() throws IOException {
    Path layout = folder.resolve("layout");
    LayoutSketch sketch = new LayoutSketch();
    sketch.listed("theirs", sketch.image("arm64", LOWER)).write(layout);
    PackingSettings settings = settings(Compression.GZIP, DigestCache.NONE);
    Manifest first =
        write(image("web:1", new BytesBlob(LOWER)), "layout", Optional.empty(), settings);
    Manifest second =
        write(image("web:2", new BytesBlob(UPPER)), "layout", Optional.of("1"), settings);
    assertThat(second.digest()).isNotEqualTo(first.digest());
    try (DockerArchive archive = DockerArchive.open(layout, folder)) {
      assertThat(archive.images())
          .extracting(image -> image.manifest().orElseThrow().digest())
          .containsExactly(sketch.image("arm64", LOWER).digest(), second.digest());
    }
  }

  @Test
  void copiesBlobsAsTheyLie() throws IOException {
    LayoutSketch sketch = new LayoutSketch();
    Manifest image = sketch.image("amd64", LOWER);
    sketch.listed("v1", image).write(folder.resolve("from"));
    PackingSettings settings = settings(Compression.ZSTD, DigestCache.NONE);
    try (DockerArchive archive = DockerArchive.open(folder.resolve("from"), folder)) {
      Manifest copied = write(ContainerImage.of(archive.first()), "to", Optional.empty(), settings);
      assertThat(copied.digest()).isEqualTo(image.digest());
    }
    assertThat(files(folder.resolve("to"))).isEqualTo(files(folder.resolve("from")));
    // Unless another form is asked for.
    PackingSettings anew =
        new PackingSettings(
            settings.compressor(), true, settings.format(), Map.of("a", "b"), settings.cache(), "");
    try (DockerArchive archive = DockerArchive.open(folder.resolve("from"), folder)) {
      Manifest packed = write(ContainerImage.of(archive.first()), "to", Optional.of("z"), anew);
      assertThat(new String(packed.bytes(), UTF_8))
          .contains("tar+zstd")
          .contains("\"annotations\":{\"a\":\"b\"}");
    }
  }

  @Test
  void severalAtOnceKeepOneAnother() throws Exception {
    int count = 8;
    PackingSettings settings = settings(Compression.GZIP, new MapCache());
    List<Callable<Manifest>> writers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] layer = ArchiveSketch.layer("layer" + i);
      String name = "web:" + i;
      writers.add(() ->
          write(
              image(name, new BytesBlob(LOWER), new BytesBlob(layer)),
              "layout",
              Optional.empty(),
              settings));
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(count)) {
      for (Future<Manifest> written : pool.invokeAll(writers)) {
        written.get();
      }
    }
    try (DockerArchive archive = DockerArchive.open(folder.resolve("layout"), folder)) {
      assertThat(archive.images()).hasSize(count);
    }
  }

  @Test
  void leavesNothingOfWhatFails() throws IOException {
    Blob broken =
        new Blob() {
          @Override
          public Digest digest() {
            return Digest.of(UPPER);
          }

          @Override
          public long size() {
            return UPPER.length;
          }

          @Override
          public void writeTo(WritableByteChannel out) throws IOException {
            throw new IOException("broken");
          }
        };
    PackingSettings settings = settings(Compression.GZIP, DigestCache.NONE);
    ContainerImage image = image("web:1", new BytesBlob(LOWER), broken);
    assertThatThrownBy(() -> write(image, "layout", Optional.empty(), settings))
        .hasMessage("broken");
    assertThat(folder.resolve("layout")).doesNotExist();
    write(image("web:1", new BytesBlob(LOWER)), "layout", Optional.empty(), settings);
    List<String> before = files(folder.resolve("layout"));
    assertThatThrownBy(() -> write(image, "layout", Optional.empty(), settings))
        .hasMessage("broken");
    assertThat(files(folder.resolve("layout"))).isEqualTo(before);
  }

  @Test
  void removesWhatAProcessLeftThatWasKilled() throws IOException {
    PackingSettings settings = settings(Compression.GZIP, DigestCache.NONE);
    Path layout = folder.resolve("layout");
    Files.createDirectories(layout.resolve(".slipway-left.tmp"));
    Files.writeString(layout.resolve(".slipway-left.tmp/blob"), "half");
    Files.createSymbolicLink(layout.resolve(".slipway-link.tmp"), folder);
    try (LayoutWriter living = LayoutWriter.open(layout, OutputFile.Unfinished.UNTOLD)) {
      living.add(image("web:1", new BytesBlob(LOWER)), settings, _ -> {});
      write(image("web:2", new BytesBlob(UPPER)), "layout", Optional.empty(), settings);
      living.commit(Optional.empty());
    }
    try (DockerArchive archive = DockerArchive.open(layout, folder)) {
      assertThat(archive.images()).hasSize(2);
    }
    try (Stream<Path> left = Files.list(layout)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("blobs", "index.json", "oci-layout", ".slipway-link.tmp");
    }
  }

  @Test
  void listsImagesForSeveralPlatforms() throws IOException {
    PackingSettings settings = settings(Compression.GZIP, DigestCache.NONE);
    Path layout = folder.resolve("layout");
    try (LayoutWriter writer = LayoutWriter.open(layout, OutputFile.Unfinished.UNTOLD)) {
      writer.add(image("web:1", new BytesBlob(LOWER)), settings, _ -> {});
      writer.add(image("web:1", new BytesBlob(UPPER)), settings, _ -> {});
      assertThatThrownBy(() -> writer.commitList(Optional.empty()))
          .hasMessage("two images are for linux/amd64, expected one");
    }
    assertThat(layout).doesNotExist();
  }

  @Test
  void refusesOtherFolders() throws IOException {
    Files.writeString(folder.resolve("file"), "mine");
    PackingSettings settings = settings(Compression.GZIP, DigestCache.NONE);
    assertThatThrownBy(
            () -> write(image("web:1", new BytesBlob(LOWER)), "", Optional.empty(), settings))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith(": expected an OCI layout, or an empty folder to make one in");
  }
}
