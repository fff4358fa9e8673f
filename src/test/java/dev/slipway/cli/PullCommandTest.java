package dev.slipway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.Compression;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import dev.slipway.registry.FakeRegistry;
import dev.slipway.registry.TestImage;
import dev.slipway.store.NixHash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** pull, prefetch and pullImage against a registry that does what it is told to. */
class PullCommandTest {
  private static final String LAYERS = ".*/blobs/sha256:.*";
  private static final String NO_HASH = "sha256-" + "A".repeat(43) + "=";

  @TempDir Path folder;
  private final Map<String, String> variables = new HashMap<>();
  private FakeRegistry registry;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    Files.createDirectories(folder.resolve("tmp"));
    variables.put("HOME", folder.toString());
    variables.put("TMPDIR", folder.resolve("tmp").toString());
    variables.put("PATH", "/usr/bin:/bin");
  }

  @AfterEach
  void stop() throws IOException {
    registry.close();
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).as("what is left in the folder for temporary files").isEmpty();
    }
  }

  private static TestImage image() {
    return new TestImage(false)
        .layer(TestImage.tar("a", 5), Compression.GZIP)
        .layer(TestImage.emptyTar(), Compression.NONE)
        .layer(TestImage.tar("b", 200_000), Compression.ZSTD)
        .layer(TestImage.tar("a", 5), Compression.GZIP);
  }

  private Run run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--tls-verify=false");
    return Run.with(variables, all.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out.tar");
  }

  private List<String> names() throws IOException {
    return TarFiles.names(Files.readAllBytes(out()));
  }

  private String at(Digest digest) {
    return registry.domain() + "/x/y@" + digest;
  }

  private Run pull(Digest digest, String... more) {
    List<String> all = new ArrayList<>(List.of("pull", at(digest), "-o", out().toString()));
    all.addAll(List.of(more));
    return run(all.toArray(String[]::new));
  }

  private void refused(Run run, String... said) {
    assertThat(run.status()).as(run.err()).isEqualTo(1);
    assertThat(run.err()).contains(said);
    assertThat(run.err().lines().filter(line -> line.startsWith("slipway: "))).hasSize(1);
    assertThat(out()).doesNotExist();
  }

  // -- pull

  /** The digest is that of what skopeo 1.9.3 makes of the same image with gzip for zstd. */
  @Test
  void writesTheArchiveThatSkopeoWrites() throws IOException {
    ImageManifest manifest = image().addTo(registry, "1");
    Run run = pull(manifest.digest(), "--name", "n", "--tag", "t");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).isEqualTo(out() + "\n");
    assertThat(run.err()).contains("4 layers");
    assertThat(names())
        .containsExactly(
            "fddd5df85a3c1fd66d7ac18f29176da0f12172233c07da7ad00219248585e4b4.tar",
            "84ff92691f909a05b224e1c56abb4864f01b4f8e3c854e4bb4c7baf1d3f6d652.tar",
            "85fdfa72623565b0bd93b3ba7e607f15a3f7e0bb24f43b44f8652e84cb1f783e.tar",
            "9a2d7f03254dab4d560d26d837e59fb0ad10e516bfd1a0108a662da67937c8c3.json",
            "647e36673a93cc11d6eb2eb874d5d050ebc10728e9e69d6a41ee9e4e63b4ac03/layer.tar",
            "647e36673a93cc11d6eb2eb874d5d050ebc10728e9e69d6a41ee9e4e63b4ac03/VERSION",
            "647e36673a93cc11d6eb2eb874d5d050ebc10728e9e69d6a41ee9e4e63b4ac03/json",
            "0aa9b111da1008dfba102b47190a9ea0d1dec7687b38805e6e64ff3b197e8556/layer.tar",
            "0aa9b111da1008dfba102b47190a9ea0d1dec7687b38805e6e64ff3b197e8556/VERSION",
            "0aa9b111da1008dfba102b47190a9ea0d1dec7687b38805e6e64ff3b197e8556/json",
            "3e03beac2ff2265229c1ba35d2510084de52df476bd14db15d8ad44af2742c91/layer.tar",
            "3e03beac2ff2265229c1ba35d2510084de52df476bd14db15d8ad44af2742c91/VERSION",
            "3e03beac2ff2265229c1ba35d2510084de52df476bd14db15d8ad44af2742c91/json",
            "4dac8972b9afc5bf6bb2ed6690cd287b7263cf5fa09ccbf6acab90ed58f92430/layer.tar",
            "4dac8972b9afc5bf6bb2ed6690cd287b7263cf5fa09ccbf6acab90ed58f92430/VERSION",
            "4dac8972b9afc5bf6bb2ed6690cd287b7263cf5fa09ccbf6acab90ed58f92430/json",
            "manifest.json",
            "repositories");
    assertThat(Digest.of(Files.readAllBytes(out())).hex())
        .isEqualTo("c1bcce17b22d6b85f3fc4229b2be0aedf2bc2f0173c449b9bce00796a11c81f5");
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void everyCompressionMakesTheSameArchive(Compression compression) throws IOException {
    Digest digest =
        new TestImage(true)
            .layer(TestImage.tar("a", 100_000), compression)
            .addTo(registry, "1")
            .digest();
    assertThat(pull(digest, "--name", "n").status()).isZero();
    assertThat(Digest.of(Files.readAllBytes(out())).hex())
        .isEqualTo("daa62e5ee193be100284089675264d37fe7150c68efb2c68d7607a6f9beb139d");
  }

  @Test
  void standardOutputGetsNothingWithAnotherHash() throws IOException {
    Digest digest = image().addTo(registry, "1").digest();
    Run whole = run("pull", at(digest), "-o", "-", "--quiet");
    assertThat(whole.status()).as(whole.err()).isZero();
    String hash = NixHash.sri(Digest.of(whole.output().toByteArray()));
    Run same = run("pull", at(digest), "-o", "-", "--quiet", "--hash", hash);
    assertThat(same.output().toByteArray()).isEqualTo(whole.output().toByteArray());
    Run other = run("pull", at(digest), "-o", "-", "--hash", NO_HASH);
    refused(other, "should have the hash " + NO_HASH + ", but has " + hash);
    assertThat(other.out()).isEmpty();
  }

  @Test
  void keepsWhatWasThereWhereTheHashIsAnother() throws IOException {
    Digest digest = image().addTo(registry, "1").digest();
    refused(pull(digest, "--hash", NO_HASH), NO_HASH);
    Files.writeString(out(), "before");
    assertThat(pull(digest, "--hash", NO_HASH).status()).isEqualTo(1);
    assertThat(out()).hasContent("before");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .filteredOn(name -> name.startsWith(".slipway"))
          .isEmpty();
    }
  }

  @Test
  void choosesThePlatformAndRefusesNestedIndexes() throws IOException {
    Descriptor amd = image().addTo(registry, "amd").descriptor().on(new Platform("linux", "amd64"));
    Descriptor arm =
        new TestImage(true)
            .layer(TestImage.tar("arm", 1), Compression.GZIP)
            .addTo(registry, "arm")
            .descriptor()
            .on(new Platform("linux", "arm64", "v8"));
    ImageIndex index = ImageIndex.of(MediaType.OCI_INDEX, List.of(amd, arm), Map.of());
    put(index);
    assertThat(pull(index.digest(), "--arch", "arm64").status()).isZero();
    assertThat(names()).hasSize(7);
    Files.delete(out());
    refused(
        pull(index.digest(), "--arch", "riscv64"),
        "has no image for linux/riscv64, only for linux/amd64, linux/arm64/v8");
    ImageIndex nested =
        ImageIndex.of(
            MediaType.OCI_INDEX,
            List.of(index.descriptor().on(new Platform("linux", "amd64"))),
            Map.of());
    put(nested);
    refused(pull(nested.digest(), "--arch", "amd64"), "another index");
    ImageIndex lying =
        ImageIndex.of(
            MediaType.OCI_INDEX,
            List.of(
                new Descriptor(amd.mediaType(), amd.digest(), amd.size() + 1)
                    .on(new Platform("linux", "amd64"))),
            Map.of());
    put(lying);
    refused(pull(lying.digest(), "--arch", "amd64"), "expected a manifest of");
  }

  private void put(ImageIndex index) {
    registry.manifests.put(
        index.digest().toString(), new FakeRegistry.Document(index.mediaType(), index.bytes()));
  }

  @Test
  void refusesLayersThatAreNotWhatTheConfigSays() {
    TestImage image = new TestImage(false).layer(TestImage.tar("a", 5), Compression.GZIP);
    Digest other = Digest.of(new byte[0]);
    image.config("{\"rootfs\":{\"diff_ids\":[\"" + other + "\"]}}");
    refused(
        pull(image.addTo(registry, "1").digest()),
        "expected " + other + ", found " + Digest.of(TestImage.tar("a", 5)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"rootfs\":{\"diff_ids\":[]}}",
        "{\"rootfs\":{\"diff_ids\":[1]}}",
        "{\"rootfs\":{\"diff_ids\":[\"sha256:1\"]}}",
        "[]",
        "{",
      })
  void refusesConfigsThatAreNone(String config) {
    TestImage image =
        new TestImage(false).layer(TestImage.tar("a", 5), Compression.GZIP).config(config);
    refused(pull(image.addTo(registry, "1").digest()), registry.domain() + "/x/y@sha256:");
  }

  @Test
  void refusesBlobsThatAreNotWhatTheManifestSays() {
    ImageManifest manifest = image().addTo(registry, "1");
    Digest layer = manifest.layers().get(2).digest();
    byte[] wrong = registry.blob(layer).clone();
    wrong[wrong.length / 2] ^= 1;
    registry.blobs.put(layer, wrong);
    refused(pull(manifest.digest()), "expected " + layer + ", found " + Digest.of(wrong));
  }

  @Test
  void refusesWhatIsNoImage() {
    byte[] document =
        """
        {"schemaVersion": 2, "layers": [],
         "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json", "size": 2,
                    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}
        """
            .getBytes(UTF_8);
    Digest digest = Digest.of(document);
    registry.manifests.put(
        digest.toString(), new FakeRegistry.Document(MediaType.OCI_MANIFEST, document));
    refused(pull(digest), "found an artifact with a config of the type 'application/vnd.cncf");
  }

  @Test
  void resumesLayersThatAreCut() throws IOException {
    ImageManifest manifest = image().addTo(registry, "1");
    byte[] plain = registry.blob(manifest.layers().get(1).digest());
    registry.next(1, "GET", ".*" + Digest.of(plain), FakeRegistry.cut(plain, 5000));
    assertThat(pull(manifest.digest()).status()).isZero();
    assertThat(registry.requests("GET"))
        .filteredOn(path -> path.endsWith(Digest.of(plain).toString()))
        .hasSize(2);
  }

  @Test
  void theCommandLineIsWrong() {
    Digest digest = Digest.of(new byte[0]);
    for (List<String> arguments :
        List.of(
            List.of("pull"),
            List.of("pull", "a", "b", "-o", "x"),
            List.of("pull", "nginx", "-o", "x"),
            List.of("pull", "nginx@" + digest),
            List.of("pull", "UPPER@" + digest, "-o", "x"),
            List.of("pull", "a@" + digest, "-o", "x", "--hash", "md5-1"),
            List.of("pull", "a@" + digest, "-o", "x", "--name", "UP"),
            List.of("pull", "a@" + digest, "-o", "x", "--creds", "nobody"),
            List.of("pull", "a@" + digest, "-o", "x", "--authfile", "/nowhere"),
            List.of("prefetch"),
            List.of("prefetch", "a", "b", "c"),
            List.of("prefetch", "a:b:c"),
            List.of("build", "a", "--final-image-name", "b"))) {
      Run run = Run.with(variables, arguments.toArray(String[]::new));
      assertThat(run.status()).as("%s: %s", arguments, run.err()).isEqualTo(2);
    }
    assertThat(Run.of("build", "x", "--tls-verify=maybe").status()).isEqualTo(2);
    assertThat(Run.of("pull", "--help").out()).contains("REF@DIGEST", "--creds");
    assertThat(Run.of("prefetch", "--help").out()).contains("--final-image-tag");
  }

  // -- Secrets

  @Test
  void findsCredentialsAndShowsThemNowhere() throws IOException {
    Digest digest = image().addTo(registry, "1").digest();
    registry.always(
        "GET",
        "/v2/x/.*",
        exchange -> {
          String shown = exchange.getRequestHeaders().getFirst("Authorization");
          return !"Basic bWU6czNjOnJldA==".equals(shown)
              && FakeRegistry.status(401, "WWW-Authenticate", "Basic realm=\"x\"").answer(exchange);
        });
    refused(pull(digest, "--verbose"), "401 unauthorized");
    assertThat(pull(digest, "--creds", "me:s3c:ret").status()).isZero();
    Path auth = folder.resolve("auth.json");
    Files.writeString(
        auth,
        "{\"auths\":{\"%s/x\":{\"auth\":\"bWU6czNjOnJldA==\"}}}".formatted(registry.domain()));
    assertThat(pull(digest, "--authfile", auth.toString()).status()).isZero();
    variables.put("REGISTRY_AUTH_FILE", auth.toString());
    assertThat(pull(digest).status()).isZero();
    variables.remove("REGISTRY_AUTH_FILE");
    Files.createDirectories(folder.resolve("run/containers"));
    Files.copy(auth, folder.resolve("run/containers/auth.json"));
    variables.put("XDG_RUNTIME_DIR", folder.resolve("run").toString());
    assertThat(pull(digest).status()).isZero();
    variables.remove("XDG_RUNTIME_DIR");
    Files.createDirectories(folder.resolve("docker"));
    Files.copy(auth, folder.resolve("docker/config.json"));
    variables.put("DOCKER_CONFIG", folder.resolve("docker").toString());
    assertThat(pull(digest).status()).isZero();
    variables.remove("DOCKER_CONFIG");
    Files.delete(out());
    Run wrong = pull(digest, "--creds", "me:wr0ng", "--verbose");
    refused(wrong, "401 unauthorized");
    assertThat(wrong.err()).doesNotContain("wr0ng", "bWU6");
  }

  // -- prefetch and pullImage

  private String prefetched(String... arguments) {
    List<String> all = new ArrayList<>(List.of("prefetch"));
    all.addAll(List.of(arguments));
    Run run = run(all.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    return run.out();
  }

  @Test
  void prefetchPrintsWhatPullImageTakes() {
    ImageManifest manifest = image().addTo(registry, "1.2");
    String name = registry.domain() + "/x/y";
    String printed = prefetched(name + ":1.2");
    assertThat(printed)
        .matches(
            """
            \\{
              imageName = "%s";
              imageDigest = "%s";
              hash = "sha256-[A-Za-z0-9+/]{43}=";
              finalImageName = "%s";
              finalImageTag = "1.2";
            \\}
            """
                .formatted(name, manifest.digest(), name));
    assertThat(prefetched(name, "1.2")).isEqualTo(printed);
    assertThat(prefetched("--image-name", name, "--image-tag", "1.2", "--quiet"))
        .isEqualTo(printed);
    assertThat(prefetched(name, manifest.digest().toString(), "--final-image-tag", "1.2"))
        .isEqualTo(printed);
    assertThat(
            prefetched(
                "--json",
                "--image-name",
                name,
                "--image-digest",
                manifest.digest().toString(),
                "--final-image-name",
                "other"))
        .contains("\"finalImageName\": \"other\"", "\"finalImageTag\": \"latest\"", "\"hash\": ");
  }

  @Test
  void prefetchTellsThePlatformsDigest() {
    ImageManifest image = image().addTo(registry, "amd");
    ImageIndex index =
        ImageIndex.of(
            MediaType.OCI_INDEX,
            List.of(image.descriptor().on(new Platform("linux", "s390x"))),
            Map.of());
    registry.manifests.put("1", new FakeRegistry.Document(index.mediaType(), index.bytes()));
    assertThat(prefetched(registry.domain() + "/x/y:1", "--arch", "s390x"))
        .contains("imageDigest = \"" + image.digest() + "\"");
  }

  private void imageFile(Digest digest, String hash) throws IOException {
    Files.writeString(
        folder.resolve("slipway.yaml"),
        """
        images:
          base:
            pullImage:
              { imageName: "%s/x/y", imageDigest: "%s", hash: "%s", finalImageName: base,
                finalImageTag: "7", os: linux, arch: amd64, tlsVerify: false }
          top:
            buildImage: { name: top, tag: "1", fromImage: "${{ images.base }}", compressor: none }
        """
            .formatted(registry.domain(), digest, hash));
  }

  private Run build(String name) {
    return Run.with(
        variables,
        "build",
        name,
        "-f",
        folder.resolve("slipway.yaml").toString(),
        "-o",
        out().toString(),
        "--json");
  }

  @Test
  void pullImageIsRememberedByItsHash() throws IOException {
    ImageManifest manifest = image().addTo(registry, "1");
    pull(manifest.digest(), "--name", "base", "--tag", "7");
    byte[] expected = Files.readAllBytes(out());
    Files.delete(out());
    imageFile(manifest.digest(), Digest.of(expected).hex());
    Run first = build("base");
    assertThat(first.status()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("\"name\": \"docker.io/library/base\"", "\"tag\": \"7\"", "\"entries\": 1");
    assertThat(out()).hasBinaryContent(expected);
    registry.close();
    Run top = build("top");
    assertThat(top.status()).as(top.err()).isZero();
    assertThat(names())
        .anyMatch(name -> name.contains(Digest.of(TestImage.tar("b", 200_000)).hex()));
    // What was damaged meanwhile is not taken.
    try (Stream<Path> cached = Files.list(folder.resolve(".cache/slipway/pulled"))) {
      Files.writeString(cached.findFirst().orElseThrow(), "damaged");
    }
    Files.delete(out());
    refused(build("base"), "cannot connect");
    registry = new FakeRegistry();
  }

  @Test
  void pullImageSaysBothHashes() throws IOException {
    ImageManifest manifest = image().addTo(registry, "1");
    imageFile(manifest.digest(), NO_HASH);
    refused(build("base"), "should have the hash " + NO_HASH + ", but has sha256-");
    try (Stream<Path> cached = Files.list(folder.resolve(".cache/slipway/pulled"))) {
      assertThat(cached).isEmpty();
    }
    imageFile(manifest.digest(), "nothing");
    Run run = build("base");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("slipway.yaml:3:", "hash: expected a SHA-256 hash");
  }

  @Test
  void namesOfTheCacheBelongToWhatWasAskedFor() throws IOException {
    ImageManifest manifest = image().addTo(registry, "1");
    pull(manifest.digest(), "--name", "base", "--tag", "7");
    String hash = NixHash.sri(Digest.of(Files.readAllBytes(out())));
    Files.delete(out());
    imageFile(manifest.digest(), hash);
    assertThat(build("base").status()).isZero();
    Files.delete(out());
    Path file = folder.resolve("slipway.yaml");
    Files.writeString(file, Files.readString(file).replace("\"7\"", "\"8\""));
    refused(build("base"), "should have the hash " + hash);
  }

  @Test
  void saysWhichBlobIsMissing() {
    registry.always("GET", LAYERS, FakeRegistry.status(404));
    refused(pull(image().addTo(registry, "1").digest()), "404 not found");
  }
}
