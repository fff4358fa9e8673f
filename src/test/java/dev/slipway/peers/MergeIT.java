package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Docker and podman load every image of a merged archive, those of other tools among them. */
class MergeIT {
  @TempDir private static Path folder;
  private static Slipway slipway;

  @BeforeAll
  static void prepare() throws Exception {
    slipway = Slipway.in(folder.resolve("home"));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
    slipway.imageFile(
        """
        images:
          base:
            buildImage: { name: base, tag: "1", copyToRoot: ./rootfs, compressor: zstd }
          layered:
            buildLayeredImage:
              name: layered
              tag: "2"
              fromImage: ${{ images.base }}
              extraCommands: echo layered > said
          merged: { mergeImages: [ "${{ images.base }}", ./skopeo.tar, "${{ images.layered }}" ] }
        """);
    slipway.run("build", "base", "-o", "base.tar.zst");
    Programs.run(slipway.home(), "zstd", "-dq", "base.tar.zst", "-o", "base.tar");
    // Has links in the places of layers.
    Programs.run(
        slipway.home(),
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "docker-archive:base.tar",
        "docker-archive:skopeo.tar:copied:3");
  }

  @Test
  void dockerLoadsEveryImage() throws Exception {
    Document built = slipway.json("build", "merged", "-o", "merged.tar.gz");
    try (DockerDaemon daemon = DockerDaemon.start(folder)) {
      String loaded =
          daemon.docker("load", "--input", slipway.home().resolve("merged.tar.gz").toString());

      assertThat(loaded.lines())
          .contains("Loaded image: base:1", "Loaded image: copied:3", "Loaded image: layered:2");
      for (Document image : built.elements()) {
        String name = image.at("name").text().replace("docker.io/library/", "");
        String reference = name + ":" + image.at("tag").text();
        assertThat(daemon.docker("image", "inspect", "--format", "{{.Id}}", reference).strip())
            .isEqualTo(image.at("configDigest").text());
      }
      assertThat(daemon.docker("run", "--rm", "--network=none", "layered:2", "/bin/cat", "/said"))
          .isEqualTo("layered\n");
    }
  }

  @Test
  void podmanLoadsEveryImage() throws Exception {
    String base = slipway.home().resolve("base.tar").toString();
    slipway.run("merge", slipway.home().resolve("skopeo.tar").toString(), base, "-o", "plain.tar");

    String loaded = podman("load", "--input", slipway.home().resolve("plain.tar").toString());

    assertThat(loaded).contains("localhost/base:1").contains("copied:3");
  }

  private static String podman(String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "podman",
                "--root=" + folder.resolve("podman"),
                "--runroot=" + folder.resolve("podman-run"),
                "--storage-driver=vfs",
                "--cgroup-manager=cgroupfs"));
    command.addAll(List.of(arguments));
    return Programs.run(command.toArray(String[]::new));
  }
}
