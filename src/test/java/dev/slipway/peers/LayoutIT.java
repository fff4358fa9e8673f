package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** OCI layouts go from Slipway to skopeo, umoci and podman, and back. */
class LayoutIT {
  @TempDir private Path folder;
  private Slipway slipway;

  @BeforeEach
  void prepare() throws IOException {
    slipway = Slipway.in(folder.resolve("home"));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
    imageFile("gz");
  }

  private void imageFile(String compressor) throws IOException {
    slipway.imageFile(
        """
        images:
          base:
            buildImage: { name: base, tag: "1", copyToRoot: ./rootfs, compressor: %s }
          layered:
            buildLayeredImage:
              name: layered
              tag: v2
              fromImage: ${{ images.base }}
              extraCommands: echo layered > said
              config: { Cmd: [ cat, /said ], Env: [ PATH=/bin ] }
              compressor: %s
          upon:
            buildLayeredImage:
              name: upon
              tag: v3
              fromImage: oci:layout:v2
              extraCommands: echo upon > said
          plainUpon:
            buildImage: { name: plain-upon, tag: v4, fromImage: oci:layout:v2, extraCommands: echo plain > said }
          both: { mergeImages: [ "${{ images.base }}", "${{ images.layered }}" ] }
        """
            .formatted(compressor, compressor));
  }

  private String skopeo(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy"));
    command.addAll(List.of(arguments));
    return Programs.run(slipway.home(), command.toArray(String[]::new));
  }

  private Document config(String image) throws IOException, InterruptedException {
    return Document.parse(skopeo("inspect", "--config", image));
  }

  private String file(String name) throws IOException {
    return Files.readString(slipway.home().resolve(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gz", "zstd"})
  void skopeoReadsLayouts(String compressor) throws Exception {
    imageFile(compressor);
    Document built = slipway.json("build", "layered", "-o", "oci:layout").at(0);
    Document archived = slipway.json("build", "layered", "-o", "docker-archive:a.tar").at(0);

    assertThat(built.at("configDigest").text()).isEqualTo(archived.at("configDigest").text());
    Document manifest = Document.parse(skopeo("inspect", "--raw", "oci:layout:v2"));
    assertThat(manifest.at("config").at("digest").text())
        .isEqualTo(built.at("configDigest").text());
    String suffix = compressor.equals("none") ? "" : compressor.equals("gz") ? "+gzip" : "+zstd";
    assertThat(manifest.at("layers").texts("mediaType"))
        .hasSize(built.at("layers").elements().size())
        .containsOnly("application/vnd.oci.image.layer.v1.tar" + suffix);
    // It verifies every digest; Docker's archives have no zstd.
    String copy = compressor.equals("zstd") ? "oci:copied:v2" : "docker-archive:copied:copied:v2";
    skopeo("copy", "--quiet", "oci:layout:v2", copy);
    Document copied = slipway.json("inspect", "copied").at(0);
    assertThat(copied.at("layers").texts("diffId")).isEqualTo(built.at("layers").texts("diffId"));
    assertThat(Document.parse(skopeo("inspect", "oci:layout:v2")).at("Digest").text())
        .isEqualTo(built.at("manifestDigest").text());
  }

  @Test
  void skopeoCopiesAsWeDo() throws Exception {
    slipway.run("build", "layered", "-o", "ours.tar.gz");
    Programs.run(slipway.home(), "gunzip", "ours.tar.gz");
    skopeo("copy", "--quiet", "docker-archive:ours.tar", "oci:theirs:v2");
    slipway.run("build", "layered", "-o", "oci:ours:v2");

    Document ours = config("oci:ours:v2");
    Document theirs = config("oci:theirs:v2");
    assertThat(ours.at("rootfs").toString()).isEqualTo(theirs.at("rootfs").toString());
    assertThat(ours.at("config").toString()).isEqualTo(theirs.at("config").toString());
    assertThat(ours.at("history").toString()).isEqualTo(theirs.at("history").toString());
  }

  @Test
  void whatSkopeoWroteIsReadAndBuiltUpon() throws Exception {
    slipway.run("build", "layered", "-o", "docker-archive:base.tar");
    Programs.run(slipway.home(), "sh", "-c", "gunzip < base.tar > plain.tar");
    skopeo("copy", "--quiet", "docker-archive:plain.tar", "oci:layout:v2");
    skopeo("copy", "--quiet", "oci:layout:v2", "oci-archive:layout.tar:v2");

    Document archive = slipway.json("inspect", "plain.tar").at(0);
    for (String place : List.of("oci:layout:v2", "layout", "oci-archive:layout.tar:v2")) {
      Document image = slipway.json("inspect", place).at(0);
      assertThat(image.at("layers").texts("diffId"))
          .isEqualTo(archive.at("layers").texts("diffId"));
    }
    Document upon = slipway.json("build", "upon", "-o", "oci:layout").at(0);
    Document plain = slipway.json("build", "plainUpon", "-o", "oci:layout").at(0);
    for (Document built : List.of(upon, plain)) {
      assertThat(built.at("layers").texts("diffId"))
          .startsWith(archive.at("layers").texts("diffId").toArray(String[]::new))
          .hasSize(archive.at("layers").elements().size() + 1);
    }
    // Layers of the base stay the blobs that they are.
    List<String> base =
        Document.parse(skopeo("inspect", "--raw", "oci:layout:v2")).at("layers").texts("digest");
    assertThat(
            Document.parse(skopeo("inspect", "--raw", "oci:layout:v3"))
                .at("layers")
                .texts("digest"))
        .startsWith(base.toArray(String[]::new));
  }

  @Test
  void imagesAreAddedAndReplaced() throws Exception {
    slipway.run("build", "base", "-o", "oci:layout:v1");
    slipway.run("build", "layered", "-o", "oci:layout");
    skopeo("copy", "--quiet", "oci:layout:v1", "oci:layout:theirs");
    slipway.run("build", "layered", "-o", "oci:layout:v1");

    assertThat(slipway.json("inspect", "oci:layout").elements()).hasSize(3);
    assertThat(config("oci:layout:v1").toString()).isEqualTo(config("oci:layout:v2").toString());
    Programs.run(slipway.home(), "umoci", "ls", "--layout", "layout");
    Programs.run(slipway.home(), "umoci", "unpack", "--image", "layout:v2", "bundle");
    assertThat(file("bundle/rootfs/said")).isEqualTo("layered\n");
    try (Stream<Path> files = Files.list(slipway.home().resolve("layout"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("blobs", "index.json", "oci-layout");
    }
  }

  @Test
  void podmanLoadsArchivesOfLayouts() throws Exception {
    slipway.run("build", "layered", "-o", "oci-archive:one.tar");
    slipway.run("build", "layered", "-o", "oci-archive:two.tar");
    assertThat(slipway.home().resolve("one.tar"))
        .hasSameBinaryContentAs(slipway.home().resolve("two.tar"));
    String[] podman = {
      "podman",
      "--root",
      folder.resolve("storage").toString(),
      "--runroot",
      folder.resolve("run").toString(),
      "--storage-driver",
      "vfs"
    };
    List<String> pull = new ArrayList<>(List.of(podman));
    pull.addAll(List.of("pull", "--quiet", "oci-archive:one.tar"));
    String id = Programs.run(slipway.home(), pull.toArray(String[]::new)).strip();
    assertThat("sha256:" + id)
        .isEqualTo(slipway.json("inspect", "one.tar").at(0).at("configDigest").text());
  }

  @Test
  void mergedImagesGoIntoOneLayout() throws Exception {
    slipway.run("build", "both", "-o", "oci:layout");
    slipway.run("build", "base", "-o", "oci:other");
    slipway.run("merge", "oci:layout:layered:v2", "oci:other", "-o", "oci:merged");
    for (String layout : List.of("layout", "merged")) {
      assertThat(config("oci:" + layout + ":layered:v2").at("config").at("Cmd").texts())
          .containsExactly("cat", "/said");
      config("oci:" + layout + ":base:1");
    }
    slipway.run("export", "oci:merged:base:1", "-o", "root.tar");
    assertThat(Programs.run(slipway.home(), "tar", "-tf", "root.tar")).contains("bin/busybox");
  }
}
