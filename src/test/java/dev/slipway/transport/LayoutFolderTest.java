package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.Measurement;
import dev.slipway.oci.CompactJson;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutFolderTest {
  private static final byte[] AMD64 = ArchiveSketch.layer("amd64");
  private static final byte[] ARM64 = ArchiveSketch.layer("arm64");
  private static final byte[] OTHER = ArchiveSketch.layer("other");
  private static final Platform HOST = new Platform("linux", "amd64");

  @TempDir private Path folder;

  /** An image for two platforms called {@code v1}, and one for one called {@code web:2}. */
  private static LayoutSketch twoImages() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    Map<String, Manifest> platforms = new LinkedHashMap<>();
    platforms.put("arm64", layout.image("arm64", ARM64));
    platforms.put("amd64", layout.image("amd64", AMD64));
    return layout
        .listed("v1", layout.index(platforms))
        .listed("web:2", layout.image("amd64", OTHER));
  }

  private DockerArchive open(String location) throws IOException {
    return open(location, HOST);
  }

  private DockerArchive open(String location, Platform platform) throws IOException {
    return DockerArchive.open(
        ImageLocation.parse(location, folder).orElseThrow().on(platform),
        folder,
        ArchiveLimits.DEFAULT,
        DigestCache.NONE);
  }

  private static List<byte[]> tars(DockerArchive archive) throws IOException {
    List<byte[]> tars = new ArrayList<>();
    for (ArchivedImage image : archive.images()) {
      for (ArchivedLayer layer : image.layers()) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        layer.layer().tar().writeTo(Channels.newChannel(out));
        tars.add(out.toByteArray());
        assertThat(layer.open().readAllBytes()).isEqualTo(out.toByteArray());
      }
    }
    return tars;
  }

  @Test
  void readsAFolderAsItReadsATar() throws IOException {
    LayoutSketch layout = twoImages();
    layout.write(folder.resolve("layout"));
    Files.write(folder.resolve("layout.tar"), layout.tar());
    for (String name : List.of("layout", "layout.tar")) {
      try (DockerArchive archive = DockerArchive.open(folder.resolve(name), folder)) {
        assertThat(tars(archive)).containsExactly(ARM64, AMD64, OTHER);
        assertThat(archive.images())
            .extracting(ArchivedImage::repoTags)
            .containsExactly(List.of("v1"), List.of("v1"), List.of("web:2"));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "oci:layout:v1, amd64, amd64",
    "oci:layout:v1, arm64, arm64",
    "oci-archive:layout.tar:v1, arm64, arm64",
    "oci:layout:web:2, amd64, other",
    "oci:layout:web:2, arm64, other",
    "oci:layout:2, arm64, other",
    "oci-archive:layout.tar:docker.io/library/web:2, amd64, other",
  })
  void choosesByNameAndPlatform(String location, String architecture, String found)
      throws IOException {
    LayoutSketch layout = twoImages();
    layout.write(folder.resolve("layout"));
    Files.write(folder.resolve("layout.tar"), layout.tar());
    try (DockerArchive archive = open(location, new Platform("linux", architecture))) {
      assertThat(tars(archive)).containsExactly(ArchiveSketch.layer(found));
    }
  }

  @Test
  void choosesByDigest() throws IOException {
    LayoutSketch layout = twoImages();
    Path written = layout.write(folder.resolve("layout"));
    Manifest arm64 = layout.image("arm64", ARM64);
    // Whoever names one image of a list wants no other platform.
    try (DockerArchive archive = open("oci:layout@" + arm64.digest())) {
      assertThat(tars(archive)).containsExactly(ARM64);
    }
    assertThatThrownBy(() -> open("oci:layout@" + Digest.of(AMD64)))
        .isInstanceOf(ImageException.class)
        .hasMessage(written + ": holds no image @" + Digest.of(AMD64) + ", but v1, web:2");
  }

  private static byte[] artifact(Descriptor config, Descriptor layer, String more) {
    return """
    {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",%s
     "config":%s,"layers":[%s]}\
    """
        .formatted(
            more,
            new String(CompactJson.write(config.toJson()), UTF_8),
            new String(CompactJson.write(layer.toJson()), UTF_8))
        .getBytes(UTF_8);
  }

  /** Signatures, charts and bills of materials are listed beside images. */
  @Test
  void passesOverWhatIsNoImage() throws IOException {
    LayoutSketch layout = twoImages();
    MediaType signature = new MediaType("application/vnd.dev.cosign.simplesigning.v1+json");
    Descriptor payload = layout.blob(signature, "{}".getBytes(UTF_8));
    Descriptor imageConfig = layout.blob(MediaType.OCI_CONFIG, LayoutSketch.config("", AMD64));
    MediaType empty = new MediaType("application/vnd.oci.empty.v1+json");
    Descriptor emptyConfig = layout.blob(empty, "{}".getBytes(UTF_8));
    Descriptor tar = layout.blob(MediaType.OCI_LAYER, OTHER);
    Map<String, byte[]> artifacts = new LinkedHashMap<>();
    artifacts.put("sig", artifact(imageConfig, payload, ""));
    artifacts.put("empty", artifact(emptyConfig, tar, ""));
    artifacts.put("typed", artifact(imageConfig, tar, "\"artifactType\":\"text/plain\","));
    artifacts.forEach((name, bytes) ->
        layout.listed(
            layout
                .blob(MediaType.OCI_MANIFEST, bytes)
                .annotated(Map.of("org.opencontainers.image.ref.name", name))));
    Path written = layout.write(folder.resolve("layout"));

    try (DockerArchive archive = open("oci:layout")) {
      assertThat(tars(archive)).containsExactly(AMD64, OTHER);
    }
    Map<String, String> types =
        Map.of("sig", signature.value(), "empty", empty.value(), "typed", "text/plain");
    artifacts.forEach((name, bytes) ->
        assertThatThrownBy(() -> open("oci:layout:" + name))
            .isInstanceOf(ImageException.class)
            .hasMessage(
                "%s: blobs/sha256/%s is no image, but an artifact of type %s"
                    .formatted(written, Digest.of(bytes).hex(), types.get(name))));
  }

  @Test
  void saysWhichImagesThereAre() throws IOException {
    Path written = twoImages().write(folder.resolve("layout"));
    assertThatThrownBy(() -> open("oci:layout:v3"))
        .isInstanceOf(ImageException.class)
        .hasMessage(written + ": holds no image :v3, but v1, web:2");
    assertThatThrownBy(() -> open("oci:layout:v1", new Platform("linux", "s390x")))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith(": has no image for linux/s390x, only for linux/arm64, linux/amd64");
  }

  @Test
  void choosesAmongImagesThatAreListedByPlatformWithoutAList() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    for (String architecture : List.of("arm64", "amd64")) {
      Manifest image = layout.image(architecture, ArchiveSketch.layer(architecture));
      layout.listed(image.descriptor().on(new Platform("linux", architecture)));
    }
    layout.write(folder.resolve("layout"));
    try (DockerArchive archive = open("oci:layout")) {
      assertThat(tars(archive)).containsExactly(AMD64);
    }
  }

  @Test
  void choosesAmongTheImagesOfADockerArchive() throws IOException {
    ArchiveSketch one = new ArchiveSketch().layer("layer.tar", AMD64);
    Files.write(folder.resolve("one.tar"), one.end());
    try (DockerArchive archive = open("docker-archive:one.tar:docker.io/library/some:tag")) {
      assertThat(tars(archive)).containsExactly(AMD64);
    }
    assertThatThrownBy(() -> open("docker-archive:one.tar:some"))
        .hasMessageEndingWith("one.tar: holds no image :some, but some:tag");
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci-layout", "index.json", "blobs", "blobs/sha256"})
  void refusesLinks(String name) throws IOException {
    Path layout = twoImages().write(folder.resolve("layout"));
    Path moved = folder.resolve("moved");
    Files.move(layout.resolve(name), moved);
    Files.createSymbolicLink(layout.resolve(name), moved);
    assertThatThrownBy(() -> open("oci:layout"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a symbolic link");
  }

  @Test
  void refusesLinksInPlacesOfBlobs() throws IOException {
    Path layout = twoImages().write(folder.resolve("layout"));
    Path blob = layout.resolve("blobs/sha256").resolve(Digest.of(LayoutSketch.gzip(OTHER)).hex());
    Files.move(blob, folder.resolve("moved"));
    Files.createSymbolicLink(blob, folder.resolve("moved"));
    assertThatThrownBy(() -> open("oci:layout:web:2"))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith(" is a symbolic link");
  }

  @Test
  void refusesWhatIsNoLayout() throws IOException {
    Path layout = twoImages().write(folder.resolve("layout"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}");
    assertThatThrownBy(() -> open("oci:layout"))
        .hasMessage(layout + ": oci-layout: expected a layout of version 1.0.0, found '2.0.0'");
    Files.delete(layout.resolve("index.json"));
    assertThatThrownBy(() -> open("oci:layout"))
        .hasMessage(layout + ": an OCI layout without its index.json");
    Files.delete(layout.resolve("oci-layout"));
    assertThatThrownBy(() -> open("oci:layout"))
        .hasMessage(
            layout
                + ": expected an image archive or OCI layout, found a directory without"
                + " oci-layout");
    assertThatThrownBy(() -> open("oci:layout/blobs/none")).hasMessageEndingWith("/blobs/none");
  }

  @Test
  void noticesChanges() throws IOException {
    Path layout = twoImages().write(folder.resolve("layout"));
    Path blob = layout.resolve("blobs/sha256").resolve(Digest.of(LayoutSketch.gzip(OTHER)).hex());
    try (DockerArchive archive = open("oci:layout:web:2")) {
      Layer layer = archive.first().layers().getFirst().layer();
      byte[] content = Files.readAllBytes(blob);
      Files.delete(blob);
      Files.write(blob, content);
      assertThatThrownBy(
              () -> layer.tar().writeTo(Channels.newChannel(new ByteArrayOutputStream())))
          .isInstanceOf(ImageException.class)
          .hasMessage(layout + ": changed while it was read");
    }
  }

  @Test
  void refusesABlobThatIsTheLayerButNotTheBlob() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    byte[] stored = LayoutSketch.gzip(AMD64);
    byte[] twice = stored.clone();
    twice[9] = (byte) (twice[9] ^ 1); // The operating system, which nobody looks at.
    Descriptor layer = layout.blob(MediaType.OCI_LAYER_GZIP, stored);
    Path written =
        layout.listed("v1", layout.image("amd64", AMD64, layer)).write(folder.resolve("layout"));
    Files.write(written.resolve("blobs/sha256").resolve(layer.digest().hex()), twice);
    try (DockerArchive archive = open("oci:layout:v1")) {
      assertThatThrownBy(archive::first)
          .isInstanceOf(DigestMismatchException.class)
          .hasMessageContaining("blobs/sha256/" + layer.digest().hex())
          .hasMessageContaining("found " + Digest.of(twice));
    }
  }

  @Test
  void knowsLayersAgain() throws IOException {
    twoImages().write(folder.resolve("layout"));
    Map<Digest, Measurement> known = new HashMap<>();
    int[] hits = {0};
    DigestCache cache =
        new DigestCache() {
          @Override
          public Optional<Measurement> get(Digest key) {
            Measurement found = known.get(key);
            hits[0] += found == null ? 0 : 1;
            return Optional.ofNullable(found);
          }

          @Override
          public void put(Digest key, Measurement measurement) {
            known.put(key, measurement);
          }
        };
    ImageLocation location = ImageLocation.of(folder.resolve("layout"));
    Duration atOnce = Duration.ofDays(-1);
    for (int i = 0; i < 2; i++) {
      try (DockerArchive archive =
          DockerArchive.open(location, folder, ArchiveLimits.DEFAULT, cache, atOnce)) {
        assertThat(tars(archive)).hasSize(3);
      }
    }
    assertThat(known).hasSize(3);
    assertThat(hits[0]).isEqualTo(3);
  }

  @Test
  void readsPathsThatHaveColons() throws IOException {
    twoImages().write(folder.resolve("with:colon"));
    try (DockerArchive archive = open("oci:with:colon")) {
      assertThat(archive.images()).hasSize(2);
    }
    assertThat(ImageLocation.parse("with:colon", folder)).isEmpty();
    for (String wrong : List.of("oci:", "oci:x:", "oci::x", "oci:x@sha256:12")) {
      assertThatThrownBy(() -> ImageLocation.parse(wrong, folder))
          .isInstanceOf(ImageException.class)
          .hasMessageStartingWith("'" + wrong + "': expected oci:PATH");
    }
  }

  @Test
  void mergesOnlyWhatWasChosen() throws IOException {
    LayoutSketch layout = twoImages();
    layout.write(folder.resolve("layout"));
    Files.write(folder.resolve("layout.tar"), layout.tar());
    for (String location : List.of("oci:layout:web:2", "oci-archive:layout.tar:web:2")) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      try (DockerArchive archive = open(location)) {
        new MergedArchive(List.of(archive), 1).writeTo(Channels.newChannel(out), _ -> {});
      }
      Files.write(folder.resolve("merged.tar"), out.toByteArray());
      String text = new String(out.toByteArray(), UTF_8);
      assertThat(text).doesNotContain(Digest.of(LayoutSketch.gzip(ARM64)).hex());
      try (DockerArchive merged = DockerArchive.open(folder.resolve("merged.tar"), folder)) {
        assertThat(merged.images())
            .extracting(ArchivedImage::repoTags)
            .containsExactly(List.of("web:2"));
        assertThat(tars(merged)).containsExactly(OTHER);
      }
    }
  }
}
