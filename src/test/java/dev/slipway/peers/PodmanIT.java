package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * podman and skopeo take what Slipway builds. Not gz: those of Debian 12 fail on any archive that
 * is compressed so, whoever wrote it.
 */
class PodmanIT {
  @TempDir private static Path folder;
  private static Slipway slipway;

  @BeforeAll
  static void prepare() throws IOException {
    slipway = Slipway.in(folder.resolve("home"));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
  }

  private static Document build(String compressor) throws Exception {
    slipway.imageFile(
        """
        paths:
          greeting: { writeText: { name: greeting, text: "good day\\n" } }
        images:
          base:
            buildLayeredImage:
              name: base
              contents: ./rootfs
              config: { Env: [ PATH=/bin ] }
          greeter:
            buildLayeredImage:
              name: some/Greeter
              tag: v1
              created: "2020-02-29T12:34:56+02:00"
              fromImage: ${{ images.base }}
              compressor: %s
              config:
                Cmd: [ cat, "${{ paths.greeting }}" ]
                Env: [ "NAME=caf\u00e9 \u2615" ]
                Labels: { some.label: "a \\"value\\"" }
        """
            .formatted(compressor));
    return slipway.json("build", "greeter").at(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd"})
  void podmanRunsAnImage(String compressor) throws Exception {
    Document built = build(compressor);
    Path archive = slipway.home().resolve(built.at("out").text());

    podman("load", "--input", archive.toString());

    String image = "localhost/some/greeter:v1";
    assertThat("sha256:" + podman("image", "inspect", "--format", "{{.Id}}", image).strip())
        .isEqualTo(built.at("configDigest").text());
    assertThat(podman(run(image))).isEqualTo("good day\n");
    podman("image", "rm", image);
  }

  /** With runc and lower limits, because others ask for what not every machine allows. */
  private static String[] run(String image) {
    return new String[] {
      "--runtime=runc",
      "run",
      "--rm",
      "--network=none",
      "--ulimit=nofile=1000:1000",
      "--ulimit=nproc=1000:1000",
      image
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd"})
  void podmanRunsAPlainImage(String compressor) throws Exception {
    slipway.imageFile(
        """
        paths:
          greeting: { writeText: { name: greeting, text: "good day\\n" } }
        images:
          base: { buildImage: { name: base, copyToRoot: ./rootfs, config: { Env: [ PATH=/bin ] } } }
          plain:
            buildImage:
              name: some/Plain
              tag: v1
              fromImage: ${{ images.base }}
              compressor: %s
              config: { Cmd: [ cat, "${{ paths.greeting }}" ] }
        """
            .formatted(compressor));
    Document built = slipway.json("build", "plain").at(0);
    Path archive = slipway.home().resolve(built.at("out").text());

    podman("load", "--input", archive.toString());

    String image = "localhost/some/plain:v1";
    assertThat("sha256:" + podman("image", "inspect", "--format", "{{.Id}}", image).strip())
        .isEqualTo(built.at("configDigest").text());
    assertThat(podman(run(image))).isEqualTo("good day\n");
    podman("image", "rm", image);
    assertThat(Document.parse(skopeo(archive.toString())).at("Layers").texts())
        .isEqualTo(built.at("layers").texts("diffId"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "zstd"})
  void skopeoSeesWhatInspectShows(String compressor) throws Exception {
    Document built = build(compressor);
    String archive = slipway.home().resolve(built.at("out").text()).toString();
    Document shown = slipway.json("inspect", archive).at(0);

    Document skopeo = Document.parse(skopeo(archive));
    Document manifest = Document.parse(skopeo(archive, "--raw"));
    byte[] config = skopeo(archive, "--raw", "--config").getBytes(StandardCharsets.UTF_8);

    assertThat(Digest.of(config).toString())
        .isEqualTo(built.at("configDigest").text())
        .isEqualTo(shown.at("configDigest").text())
        .isEqualTo(manifest.at("config").at("digest").text());
    assertThat(skopeo.at("Layers").texts())
        .isEqualTo(built.at("layers").texts("diffId"))
        .isEqualTo(shown.at("layers").texts("diffId"))
        .isEqualTo(shown.at("config").at("rootfs").at("diff_ids").texts());
    assertThat(manifest.at("layers").elements().stream().map(layer -> layer.at("size")))
        .isEqualTo(shown.at("layers").elements().stream().map(layer -> layer.at("size")).toList());
    assertThat(skopeo.at("Env").texts())
        .containsExactly("PATH=/bin", "NAME=caf\u00e9 \u2615")
        .isEqualTo(shown.at("config").at("config").at("Env").texts());
    assertThat(skopeo.at("Labels")).isEqualTo(shown.at("config").at("config").at("Labels"));
    assertThat(skopeo.at("Architecture")).isEqualTo(shown.at("config").at("architecture"));
    assertThat(skopeo.at("Created").text()).isEqualTo("2020-02-29T10:34:56Z");
    assertThat(shown.at("repoTags").texts()).containsExactly("some/greeter:v1");
  }

  private static String skopeo(String archive, String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of("skopeo", "--insecure-policy", "inspect"));
    command.addAll(List.of(options));
    command.add("docker-archive:" + archive);
    return Programs.run(command.toArray(String[]::new));
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
