package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Layer;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.PythonJson;
import dev.slipway.peers.DockerDaemon;
import dev.slipway.peers.Programs;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads what other programs write, and lets them read what was written here. */
class PeerArchivesIT {
  private static final byte[] LOWER =
      new RawTar().member('5', "d/").text(100, 8, "0000755").file("d/lower", "1").end();
  private static final byte[] UPPER = new RawTar().file("upper", "2").end();
  private static final byte[] OTHER = new RawTar().file("other", "3").end();

  @TempDir private static Path folder;
  private static Path image;
  private static DockerDaemon daemon;

  @BeforeAll
  static void prepare() throws Exception {
    image = write("image.tar", "some/image:1", LOWER, UPPER, LOWER);
    daemon = DockerDaemon.start(folder);
  }

  @AfterAll
  static void stopDocker() {
    daemon.close();
  }

  private static Path write(String file, String repoTag, byte[]... layers) throws IOException {
    Path path = folder.resolve(file);
    try (FileChannel out = create(path)) {
      LayeredArchiveWriter writer = new LayeredArchiveWriter(out, 1);
      for (byte[] layer : layers) {
        writer.storeLayer(BytesBlob.layer(layer));
      }
      List<DiffId> diffIds =
          List.of(layers).stream().map(layer -> new DiffId(Digest.of(layer))).toList();
      writer.finish(config(diffIds), repoTag);
    }
    return path;
  }

  private static FileChannel create(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  private static byte[] config(List<DiffId> diffIds) {
    return PythonJson.write(
        JsonObject.EMPTY
            .with("architecture", "amd64")
            .with("os", "linux")
            .with("created", "1970-01-01T00:00:01Z")
            .with(
                "rootfs",
                JsonObject.EMPTY
                    .with("type", "layers")
                    .with(
                        "diff_ids",
                        JsonArray.ofStrings(diffIds.stream().map(DiffId::toString).toList()))));
  }

  private static DockerArchive open(Path file) throws IOException {
    return DockerArchive.open(file, folder);
  }

  /** Checks an image's layers and that it can be a base, for Docker and for ourselves. */
  private static void assertImage(Path file, byte[]... layers) throws Exception {
    try (DockerArchive archive = open(file)) {
      assertImage(archive.first(), layers);
      Path child = folder.resolve("on-" + file.getFileName());
      try (FileChannel out = create(child)) {
        writeChild(archive.first(), out);
      }
      try (DockerArchive written = open(child)) {
        assertThat(written.first().layers()).hasSize(layers.length + 1);
        assertThat(written.first().layers())
            .extracting(ArchivedLayer::form)
            .containsOnly(ArchivedLayer.Form.DOCKER);
        assertThat(daemon.docker("load", "--quiet", "--input", child.toString()))
            .contains("Loaded image: child:1");
        assertThat(daemon.docker("image", "inspect", "--format={{.Id}}", "child:1"))
            .isEqualTo(written.first().config().digest() + "\n");
      }
    }
  }

  private static void assertImage(ArchivedImage image, byte[]... layers) throws IOException {
    assertThat(image.layers()).hasSize(layers.length);
    for (int i = 0; i < layers.length; i++) {
      Layer layer = image.layers().get(i).layer();
      assertThat(BytesBlob.read(layer.tar())).isEqualTo(layers[i]);
      assertThat(layer.diffId()).isEqualTo(new DiffId(Digest.of(layers[i])));
    }
  }

  private static void writeChild(ArchivedImage base, FileChannel out) throws IOException {
    LayeredArchiveWriter writer = new LayeredArchiveWriter(out, 1);
    List<DiffId> diffIds = new ArrayList<>();
    for (ArchivedLayer layer : base.layers()) {
      writer.baseLayer(layer);
      diffIds.add(layer.layer().diffId());
    }
    Layer top = BytesBlob.layer(OTHER);
    writer.customisationLayer(top);
    diffIds.add(top.diffId());
    writer.finish(config(diffIds), "child:1");
  }

  // -- Docker

  @Test
  void dockerSavesAnImage() throws Exception {
    daemon.docker("load", "--input", image.toString());
    Path saved = folder.resolve("docker.tar");
    daemon.docker("save", "--output", saved.toString(), "some/image:1");
    assertImage(saved, LOWER, UPPER, LOWER);
    try (DockerArchive ours = open(image);
        DockerArchive theirs = open(saved)) {
      assertThat(theirs.first().config().bytes()).isEqualTo(ours.first().config().bytes());
      assertThat(theirs.image("some/image", "1").layers()).hasSize(3);
    }
  }

  @Test
  void dockerSavesSeveralImagesWithSharedLayersAsLinks() throws Exception {
    daemon.docker("load", "--input", write("a.tar", "a:1", LOWER).toString());
    daemon.docker("load", "--input", write("b.tar", "b:1", UPPER, LOWER).toString());
    Path saved = folder.resolve("several.tar");
    daemon.docker("save", "--output", saved.toString(), "a:1", "b:1");
    try (DockerArchive archive = open(saved)) {
      assertImage(archive.image("a", "1"), LOWER);
      assertImage(archive.image("b", "1"), UPPER, LOWER);
      assertThat(archive.images()).hasSize(2);
      Path child = folder.resolve("on-b.tar");
      try (FileChannel out = create(child)) {
        writeChild(archive.image("b", "1"), out);
      }
      try (DockerArchive written = open(child)) {
        assertImage(written.first(), UPPER, LOWER, OTHER);
      }
    }
    for (String compressor : List.of("gzip", "zstd")) {
      String packed = saved + "." + compressor;
      Programs.run("sh", "-c", compressor + " < " + saved + " > " + packed);
      try (DockerArchive archive = open(Path.of(packed))) {
        assertThat(archive.images()).hasSize(2);
      }
    }
  }

  @Test
  void readsPipes() throws Exception {
    Path pipe = folder.resolve("pipe");
    Programs.run("mkfifo", pipe.toString());
    Process writer = new ProcessBuilder("sh", "-c", "cat '" + image + "' > '" + pipe + "'").start();
    try (DockerArchive archive = open(pipe)) {
      assertImage(archive.first(), LOWER, UPPER, LOWER);
    }
    assertThat(writer.waitFor()).isZero();
  }

  // -- skopeo, umoci, podman

  private static Path skopeo(String from, String transport, String file, String reference)
      throws Exception {
    Path to = folder.resolve(file);
    Programs.run(
        "skopeo", "--insecure-policy", "copy", "--quiet", from, transport + ":" + to + reference);
    return to;
  }

  @Test
  void skopeoWritesADockerArchive() throws Exception {
    Path copy =
        skopeo("docker-archive:" + image, "docker-archive", "skopeo.tar", ":docker.io/some/x:2");
    assertImage(copy, LOWER, UPPER, LOWER);
    try (DockerArchive archive = open(copy)) {
      assertThat(archive.first().repoTags()).containsExactly("docker.io/some/x:2");
      assertThat(archive.image("some/x", "2").layers()).hasSize(3);
    }
  }

  @Test
  void skopeoWritesAnOciArchive() throws Exception {
    Path copy = skopeo("docker-archive:" + image, "oci-archive", "oci.tar", ":some/x:2");
    assertImage(copy, LOWER, UPPER, LOWER);
    try (DockerArchive archive = open(copy)) {
      assertThat(archive.image("some/x", "2").layers())
          .extracting(ArchivedLayer::form)
          .containsOnly(ArchivedLayer.Form.OTHER);
    }
  }

  @Test
  void umociWritesALayout() throws Exception {
    Path layout = folder.resolve("layout");
    Programs.run("umoci", "init", "--layout", layout.toString());
    Programs.run("umoci", "new", "--image", layout + ":new");
    Path file = Files.writeString(folder.resolve("inserted"), "text", UTF_8);
    Programs.run("umoci", "insert", "--image", layout + ":new", file.toString(), "/a/file");
    Path copy = skopeo("oci:" + layout + ":new", "docker-archive", "umoci.tar", ":u:1");
    try (DockerArchive archive = open(copy)) {
      assertThat(archive.first().layers()).hasSize(1);
    }
    Programs.run(layout, "tar", "--create", "--file", folder.resolve("layout.tar").toString(), ".");
    try (DockerArchive archive = open(folder.resolve("layout.tar"))) {
      assertThat(archive.image(null, null).repoTags()).containsExactly("new");
      assertThat(archive.first().layers()).hasSize(1);
    }
  }

  private static void podman(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "podman",
                "--root=" + folder.resolve("podman"),
                "--runroot=" + folder.resolve("podman-run"),
                "--storage-driver=vfs",
                "--cgroup-manager=cgroupfs"));
    command.addAll(List.of(arguments));
    Programs.run(command.toArray(String[]::new));
  }

  @Test
  void podmanSavesAnImage() throws Exception {
    podman("load", "--input", image.toString());
    for (String format : List.of("docker-archive", "oci-archive")) {
      Path saved = folder.resolve("podman-" + format + ".tar");
      podman("save", "--format", format, "--output", saved.toString(), "localhost/some/image:1");
      assertImage(saved, LOWER, UPPER, LOWER);
    }
  }
}
