package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes to Docker's registry what skopeo finds there as it was sent. */
class PushIT {
  @TempDir private Path folder;
  private Slipway slipway;
  private DockerRegistry registry;

  @BeforeEach
  void prepare() throws IOException, InterruptedException {
    registry = DockerRegistry.start(folder);
    slipway = Slipway.in(folder.resolve("home"));
    BusyboxRoot.make(slipway.home().resolve("rootfs"));
    Files.createDirectories(slipway.home().resolve("tree"));
    Files.writeString(slipway.home().resolve("tree/file"), "content\n".repeat(10_000));
    imageFile("gz");
  }

  @AfterEach
  void stop() throws IOException {
    registry.close();
  }

  private void imageFile(String compressor) throws IOException {
    slipway.imageFile(
        """
        paths:
          tree: { path: ./tree }
        images:
          base:
            buildImage: { name: base, tag: "1", copyToRoot: ./rootfs, compressor: %1$s }
          layered:
            buildLayeredImage:
              name: layered
              tag: v2
              fromImage: ${{ images.base }}
              config: { Cmd: [ cat, "${{ paths.tree }}/file" ] }
              compressor: %1$s
          platforms:
            platforms:
              linux/arm64/v8: { maxLayers: 5 }
              linux/amd64:
            buildLayeredImage:
              name: platforms
              tag: v2
              config: { Cmd: [ cat, "${{ paths.tree }}/file" ] }
              compressor: %1$s
          known:
            buildLayeredImage:
              name: known
              tag: v2
              config: { Cmd: [ cat, "${{ paths.tree }}/file" ] }
              compressor: %1$s
        """
            .formatted(compressor));
  }

  private String push(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("push", "--tls-verify=false"));
    command.addAll(List.of(arguments));
    return slipway.run(command.toArray(String[]::new));
  }

  private String skopeo(String command, String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("skopeo", "--insecure-policy", command));
    all.add(command.equals("copy") ? "--src-tls-verify=false" : "--tls-verify=false");
    all.addAll(List.of(arguments));
    return Programs.run(slipway.home(), all.toArray(String[]::new));
  }

  private String reference(String rest) {
    return registry.domain() + "/" + rest;
  }

  private Document raw(String rest) throws IOException, InterruptedException {
    return Document.parse(skopeo("inspect", "--raw", "docker://" + reference(rest)));
  }

  private List<String> blobs(String layout) throws IOException {
    try (Stream<Path> files = Files.list(slipway.home().resolve(layout + "/blobs/sha256"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "gz, distribution.manifest.v2+json, .tar.gzip",
    "none, distribution.manifest.v2+json, .tar.gzip",
    "zstd, oci.image.manifest.v1+json, .tar+zstd",
  })
  void whatIsPushedIsCopiedBySkopeo(String compressor, String manifestType, String layerType)
      throws Exception {
    imageFile(compressor);
    String printed = push("layered", reference("some/image:v2"), reference("other:v3"));
    String digest = printed.lines().findFirst().orElseThrow().replaceFirst(".*@", "");
    assertThat(printed)
        .isEqualTo(
            reference("some/image:v2")
                + "@"
                + digest
                + "\n"
                + reference("other:v3")
                + "@"
                + digest
                + "\n");

    Document manifest = raw("some/image:v2");
    assertThat(manifest.at("mediaType").text()).endsWith(manifestType);
    assertThat(manifest.at("layers").texts("mediaType"))
        .allSatisfy(type -> assertThat(type).endsWith(layerType));
    // With --all nothing is converted; every blob and diff ID is verified.
    skopeo("copy", "--quiet", "--all", "docker://" + reference("other:v3"), "dir:copied");
    Document built = slipway.json("build", "layered").at(0);
    assertThat(manifest.at("config").at("digest").text())
        .isEqualTo(built.at("configDigest").text());
    assertThat(
            Document.parse(skopeo("inspect", "docker://" + reference("other:v3")))
                .at("Digest")
                .text())
        .isEqualTo(digest);
  }

  @Test
  void layoutsArePushedAsTheyAre() throws Exception {
    slipway.run("build", "layered", "-o", "oci:layout");
    String manifest = slipway.json("inspect", "oci:layout").at(0).at("manifestDigest").text();

    assertThat(push("oci:layout:v2", reference("image"))).endsWith("@" + manifest + "\n");

    skopeo("copy", "--quiet", "docker://" + reference("image"), "oci:copied:v2");
    assertThat(blobs("copied")).isEqualTo(blobs("layout"));
    // The formats and labels that are asked for.
    push("oci:layout:v2", reference("docker"), "--format", "v2s2", "--label", "a=b=c");
    assertThat(raw("docker").at("mediaType").text()).contains("docker");
    assertThat(
            Document.parse(skopeo("inspect", "--config", "docker://" + reference("docker")))
                .at("config")
                .at("Labels")
                .at("a")
                .text())
        .isEqualTo("b=c");
    push("oci:layout:v2", reference("noted"), "--annotation", "one=1", "--annotation", "two=2");
    assertThat(raw("noted").at("annotations").at("two").text()).isEqualTo("2");
  }

  @Test
  void severalPlatformsBecomeOneIndex() throws Exception {
    push("layered@amd64", "layered@arm64", reference("image:both"));
    for (String architecture : List.of("amd64", "arm64")) {
      String config =
          skopeo(
              "inspect",
              "--config",
              "--override-arch",
              architecture,
              "docker://" + reference("image:both"));
      assertThat(Document.parse(config).at("architecture").text()).isEqualTo(architecture);
    }
    skopeo("copy", "--quiet", "--all", "docker://" + reference("image:both"), "oci:layout:both");
    String shown = slipway.run("inspect", "--tls-verify=false", reference("image:both"));
    assertThat(shown).contains("Platforms:    linux/amd64 linux/arm64");

    // And from a layout with all of them, digests kept.
    String digest = push("oci:layout:both", reference("again"), "--all").replaceFirst(".*@", "");
    skopeo("copy", "--quiet", "--all", "docker://" + reference("again"), "oci:copied:both");
    assertThat(blobs("copied")).isEqualTo(blobs("layout"));
    assertThat(blobs("layout")).contains(digest.strip().replace("sha256:", ""));
  }

  @Test
  void anImageForSeveralPlatformsBecomesOneIndex() throws Exception {
    String pinned = push("platforms", reference("image:all")).strip();
    Document index = raw("image:all");
    Document first = index.at("manifests").at(0).at("platform");
    assertThat(first.at("architecture").text()).isEqualTo("arm64");
    assertThat(first.at("variant").text()).isEqualTo("v8");
    // With --all nothing is converted; every blob is verified.
    skopeo("copy", "--quiet", "--all", "docker://" + reference("image:all"), "dir:copied");
    assertThat(Files.readString(slipway.home().resolve("copied/manifest.json")))
        .isEqualTo(slipway.run("inspect", "--raw", "--tls-verify=false", pinned));
    // skopeo reads a layout with a list, too.
    slipway.run("build", "platforms", "-o", "oci:built:all");
    Programs.run(
        slipway.home(),
        List.of(
                "skopeo",
                "--insecure-policy",
                "copy",
                "--quiet",
                "--all",
                "oci:built:all",
                "oci:again:all")
            .toArray(String[]::new));
    assertThat(blobs("again")).isEqualTo(blobs("built"));
    assertThat(push("platforms@amd64", reference("image:one")))
        .endsWith(index.at("manifests").at(1).at("digest").text() + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"known", "platforms"})
  void knownLayersAreNeitherReadNorSent(String image) throws Exception {
    String first = push(image, reference("image:1"));
    // Were the store's files read, and not just looked at, there would be another layer now.
    Path store = slipway.home().resolve("data/slipway/nix/store");
    Programs.run("chmod", "-R", "u+w", store.toString());
    try (Stream<Path> files = Files.walk(store)) {
      for (Path file : files.filter(path -> path.endsWith("file")).toList()) {
        FileTime modified = Files.getLastModifiedTime(file);
        Files.writeString(file, "CONTENT\n".repeat(10_000));
        Files.setLastModifiedTime(file, modified);
      }
    }
    Programs.run("chmod", "-R", "a-w", store.toString());
    String second = push(image, reference("image:1"));
    assertThat(second).isEqualTo(first);
    // To another repository they are mounted.
    assertThat(push(image, reference("elsewhere:1")).replaceFirst(".*@", ""))
        .isEqualTo(first.replaceFirst(".*@", ""));
    skopeo("copy", "--quiet", "--all", "docker://" + reference("elsewhere:1"), "dir:copied");
  }

  @Test
  void pullsWhatItPushed() throws Exception {
    String pushed = push("layered", reference("image:1")).strip();
    slipway.run("pull", "--tls-verify=false", pushed, "-o", "pulled.tar");
    Document built = slipway.json("build", "layered").at(0);
    Document pulled = slipway.json("inspect", "pulled.tar").at(0);
    assertThat(pulled.at("configDigest").text()).isEqualTo(built.at("configDigest").text());
    String config = slipway.run("inspect", "--tls-verify=false", "--config", pushed);
    assertThat(config).isEqualTo(slipway.run("inspect", "--config", "pulled.tar"));
    assertThat(slipway.run("inspect", "--tls-verify=false", "--raw", pushed))
        .isEqualTo(skopeo("inspect", "--raw", "docker://" + reference("image:1")));
    push("docker-archive:pulled.tar", reference("again:1"));
    assertThat(raw("again:1").at("layers").texts("digest"))
        .isEqualTo(raw("image:1").at("layers").texts("digest"));
  }

  @Test
  void aPushThatFailsLeavesTheTagAndTheNextGoesOn() throws Exception {
    push("known", reference("image:1"));
    String before = skopeo("inspect", "--raw", "docker://" + reference("image:1"));
    try (FaultProxy proxy = new FaultProxy(registry.port())) {
      proxy.always("PUT", ".*/manifests/.*", FaultProxy.answer(403));
      String there = proxy.domain() + "/image:1";
      assertThat(slipway.fail("push", "--tls-verify=false", "layered", there).lines())
          .filteredOn(line -> line.startsWith("slipway: "))
          .singleElement()
          .asString()
          .isEqualTo(
              "slipway: PUT http://%s/v2/image/manifests/1: 403 forbidden"
                  .formatted(proxy.domain()));
      assertThat(skopeo("inspect", "--raw", "docker://" + reference("image:1"))).isEqualTo(before);
      proxy.behave();
      push("layered", there);
      assertThat(proxy.seen("PATCH")).as("what is sent again").isEmpty();
      assertThat(proxy.seen("PUT")).hasSize(1);
    }
    skopeo("copy", "--quiet", "docker://" + reference("image:1"), "dir:copied");
  }

  @Test
  void protectedRegistriesAreGivenCredentials() throws Exception {
    try (DockerRegistry guarded = DockerRegistry.startProtected(folder)) {
      String reference = guarded.domain() + "/image:1";
      Slipway trusting = slipway.with(Map.of("SSL_CERT_FILE", guarded.authority().toString()));
      String pushed =
          trusting.run("push", "--creds", DockerRegistry.CREDENTIALS, "layered", reference);
      assertThat(pushed).startsWith(reference + "@sha256:");
    }
  }
}
