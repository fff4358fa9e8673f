package dev.slipway.transport;

import static dev.slipway.peers.FaultProxy.answer;
import static dev.slipway.peers.FaultProxy.corruptAnswer;
import static dev.slipway.peers.FaultProxy.corruptRequest;
import static dev.slipway.peers.FaultProxy.cutAnswer;
import static dev.slipway.peers.FaultProxy.cutRequest;
import static dev.slipway.peers.FaultProxy.document;
import static dev.slipway.peers.FaultProxy.dribble;
import static dev.slipway.peers.FaultProxy.dropAnswer;
import static dev.slipway.peers.FaultProxy.saying;
import static dev.slipway.peers.FaultProxy.truncate;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.http.HttpSettings;
import dev.slipway.http.ProxySettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.RawTar;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.MediaType;
import dev.slipway.peers.DockerRegistry;
import dev.slipway.peers.FaultProxy;
import dev.slipway.peers.Programs;
import dev.slipway.registry.Credentials;
import dev.slipway.registry.RegistryClient;
import dev.slipway.registry.RegistrySettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pushes to Docker's registry and pulls from it while somebody in between cuts, changes and delays
 * what is said. What is there in the end is held against skopeo's copy of it.
 */
class RegistryFaultsIT {
  private static final int LAYER_BYTES = 300_000;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final String MANIFEST = "/v2/image/manifests/.*";
  private static final String BLOB = "/v2/image/blobs/sha256:.*";
  private static final String BEGIN = "/v2/image/blobs/uploads/";
  private static final String UPLOAD = "/v2/image/blobs/uploads/.+";

  @TempDir private static Path shared;
  private static DockerRegistry registry;

  @TempDir private Path folder;
  private final List<Duration> waits = Collections.synchronizedList(new ArrayList<>());
  private volatile Instant now = START;
  private Duration stallTimeout = Duration.ofSeconds(30);
  private Credentials credentials = new Credentials.Anonymous();
  private FaultProxy proxy;
  private ContainerImage image;

  @BeforeAll
  static void startRegistry() throws IOException, InterruptedException {
    registry = DockerRegistry.start(shared);
  }

  @AfterAll
  static void stopRegistry() throws IOException {
    registry.close();
  }

  @BeforeEach
  void start() throws IOException {
    registry.forget();
    proxy = new FaultProxy(registry.port());
    image = image(1, 2, 3);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
  }

  private static byte[] tar(int seed) {
    byte[] content = new byte[LAYER_BYTES];
    new Random(seed).nextBytes(content);
    return new RawTar().file("file" + seed, content).end();
  }

  private static ContainerImage image(int... seeds) throws IOException {
    List<ContainerLayer> layers = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (int seed : seeds) {
      byte[] tar = tar(seed);
      layers.add(ContainerLayer.of(Layer.of(new BytesBlob(tar), 1)));
      diffIds.add("\"" + Digest.of(tar) + "\"");
    }
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":" + diffIds + "}}";
    return ContainerImage.of("image:1", config.getBytes(UTF_8), layers);
  }

  private RegistryClient client() {
    HttpSettings http =
        new HttpSettings(
            false,
            Optional.empty(),
            List.of(),
            ProxySettings.NONE,
            Duration.ofSeconds(10),
            stallTimeout,
            RetryPolicy.DEFAULT,
            duration -> {
              waits.add(duration);
              now = now.plus(duration);
            },
            () -> now,
            "slipway/test");
    return new RegistryClient(new RegistrySettings(http, _ -> credentials));
  }

  private ImageReference reference(String domain) throws IOException {
    return ImageReference.parse(domain + "/image:1");
  }

  /** Pushes through the proxy; the manifest's digest. */
  private Digest push() throws IOException {
    PackingSettings settings =
        new PackingSettings(
            Compressor.of(Compression.GZIP, 1),
            false,
            Optional.of(ManifestFormat.OCI),
            Map.of(),
            DigestCache.NONE,
            "1");
    ImageReference reference = reference(proxy.domain());
    try (RegistryClient client = client()) {
      RegistryPush push = new RegistryPush(client, settings, folder, folder.resolve("known"));
      return push.publish(push.send(image, List.of(reference.repository()), _ -> {}), reference);
    }
  }

  /** The archive of what is pulled through the proxy. */
  private byte[] pull() throws IOException {
    return pull(proxy.domain());
  }

  private byte[] pull(String domain) throws IOException {
    ImageReference reference = reference(domain);
    try (RegistryClient client = client()) {
      ImageManifest manifest = (ImageManifest) client.manifest(reference);
      RegistryImage found = new RegistryImage(reference.repository(), manifest);
      try (PulledImage pulled =
          new ImagePull(client, found, folder, ArchiveLimits.DEFAULT, _ -> {}).run()) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        pulled.writeTo(Channels.newChannel(out), ImageReference.parse("image:1"), _ -> {});
        return out.toByteArray();
      }
    }
  }

  /** Has skopeo copy what the tag leads to: it is all there, and is what it should be. */
  private void assertWhole(Digest digest) throws Exception {
    Programs.run(
        folder,
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "--src-tls-verify=false",
        "docker://" + reference(registry.domain()),
        "oci:copied:1");
    Path blobs = folder.resolve("copied/blobs/sha256");
    ImageManifest manifest;
    try (RegistryClient client = client()) {
      manifest = (ImageManifest) client.manifest(reference(registry.domain()));
    }
    assertThat(manifest.digest()).isEqualTo(digest);
    TreeSet<String> expected = new TreeSet<>();
    expected.add(digest.hex());
    expected.add(manifest.config().digest().hex());
    manifest.layers().stream().map(Descriptor::digest).map(Digest::hex).forEach(expected::add);
    try (Stream<Path> copied = Files.list(blobs)) {
      for (Path file : copied.toList()) {
        String name = file.getFileName().toString();
        assertThat(Digest.of(Files.readAllBytes(file)).hex()).isEqualTo(name);
        assertThat(expected.remove(name)).as(name).isTrue();
      }
    }
    assertThat(expected).isEmpty();
    assertNothingCorrupt();
  }

  /** Every blob that the registry keeps has the digest that it is kept under. */
  private static void assertNothingCorrupt() throws IOException {
    for (Path blob : registry.blobs()) {
      assertThat(blob.getParent()).endsWith(Path.of(Digest.of(Files.readAllBytes(blob)).hex()));
    }
  }

  private void assertManifestIsLast() {
    List<String> writes =
        proxy.seen.stream()
            .filter(request -> request.method().matches("PUT|PATCH|POST"))
            .map(request -> request.target().matches(MANIFEST) ? "manifest" : "blob")
            .toList();
    assertThat(writes).contains("manifest");
    assertThat(writes.subList(writes.indexOf("manifest"), writes.size())).containsOnly("manifest");
  }

  private void assertNoTag() {
    try (RegistryClient client = client()) {
      assertThatThrownBy(() -> client.manifest(reference(registry.domain())))
          .hasMessageContaining("404 not found");
    }
  }

  // -- Pushing

  static Stream<Arguments> faultsThatPass() {
    List<Arguments> faults = new ArrayList<>();
    List<List<String>> requests =
        List.of(
            List.of("HEAD", BLOB),
            List.of("POST", BEGIN),
            List.of("PATCH", UPLOAD),
            List.of("PUT", UPLOAD),
            List.of("PUT", MANIFEST));
    for (List<String> request : requests) {
      String method = request.getFirst();
      String target = request.getLast();
      for (int status : List.of(408, 500, 502, 503, 504)) {
        faults.add(Arguments.of(status + "", method, target, answer(status)));
      }
      faults.add(Arguments.of("no answer", method, target, dropAnswer()));
    }
    return faults.stream();
  }

  @ParameterizedTest(name = "{0} to {1} {2}")
  @MethodSource("faultsThatPass")
  void outlastsFaultsThatPass(String name, String method, String target, FaultProxy.Fault fault)
      throws Exception {
    proxy.next(2, method, target, fault);
    Digest digest = push();
    assertThat(proxy.isSpent()).as(name).isTrue();
    assertManifestIsLast();
    assertWhole(digest);
  }

  static Stream<Arguments> cuts() {
    return Stream.of(0L, 1L, 2L, 32_768L, 250_000L, LAYER_BYTES + 1L).map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("cuts")
  void goesOnWhereAnUploadWasCut(long after) throws Exception {
    proxy.next(3, "PATCH", UPLOAD, cutRequest(after));
    Digest digest = push();
    assertThat(waits).isNotEmpty();
    assertManifestIsLast();
    assertWhole(digest);
  }

  @Test
  void waitsAsLongAsItIsAskedTo() throws Exception {
    image = image(1);
    proxy.next(1, "POST", BEGIN, answer(429, "Retry-After", "17"));
    proxy.next(1, "PUT", UPLOAD, answer(429, "Retry-After", "Thu, 01 Jan 2026 00:00:47 GMT"));
    proxy.next(1, "PUT", MANIFEST, answer(503, "Retry-After", "9"));
    Digest digest = push();
    assertThat(waits)
        .containsExactlyInAnyOrder(
            Duration.ofSeconds(17), Duration.ofSeconds(30), Duration.ofSeconds(9));
    assertWhole(digest);
  }

  @Test
  void doesNotWaitForEverForARegistryThatFallsSilent() throws Exception {
    stallTimeout = Duration.ofMillis(500);
    proxy.next(1, "HEAD", BLOB, proxy.stall());
    proxy.next(1, "POST", BEGIN, proxy.stall());
    proxy.next(1, "PATCH", UPLOAD, proxy.stall());
    Digest digest = push();
    assertThat(waits).hasSizeGreaterThanOrEqualTo(3);
    assertWhole(digest);
  }

  @Test
  void hasPatienceWithAnswersThatComeByteByByte() throws Exception {
    proxy.always("(?!HEAD).*", ".*", dribble());
    Digest digest = push();
    assertThat(waits).isEmpty();
    assertManifestIsLast();
    assertWhole(digest);
  }

  @Test
  void sendsPiecesWhereARegistryTakesNoMore() throws Exception {
    proxy.always("POST", BEGIN, saying("OCI-Chunk-Min-Length", "70000"));
    proxy.always(
        "PATCH",
        UPLOAD,
        exchange ->
            exchange.request.head().contains("Content-Length: 300") && answer(413).does(exchange));
    Digest digest = push();
    assertThat(proxy.seen("PATCH")).anyMatch(request -> request.has("Content-Range"));
    assertManifestIsLast();
    assertWhole(digest);
  }

  @Test
  void leavesTheTagWhereTheManifestIsRefused() throws Exception {
    proxy.always("PUT", MANIFEST, answer(500));
    assertThatThrownBy(this::push)
        .hasMessageContaining("PUT http://" + proxy.domain() + "/v2/image/manifests/1: 500");
    assertThat(waits).hasSize(4);
    assertNoTag();
    proxy.behave();
    waits.clear();
    Digest digest = push();
    assertThat(proxy.seen("PATCH")).as("what is sent again").isEmpty();
    assertWhole(digest);
  }

  @Test
  void goesOnWithTheBlobsThatAreThere() throws Exception {
    Digest last = Digest.of(image.config().bytes());
    proxy.always("PUT", ".*digest=" + last, answer(403));
    assertThatThrownBy(this::push).hasMessageContaining("403 forbidden");
    assertNoTag();
    assertThat(proxy.seen("PATCH")).hasSize(4);
    proxy.behave();
    Digest digest = push();
    assertThat(proxy.seen("PATCH")).as("the config alone is missing").hasSize(1);
    assertWhole(digest);
  }

  @Test
  void pushesNothingThatWasChangedOnItsWay() throws Exception {
    image = image(1);
    proxy.next(1, "PATCH", UPLOAD, corruptRequest(1000));
    assertThatThrownBy(this::push).hasMessageContaining("DIGEST_INVALID");
    assertNoTag();
    assertNothingCorrupt();
    proxy.behave();
    assertWhole(push());
  }

  @Test
  void believesNoRegistryThatSaysItHasSomethingElse() throws Exception {
    String lie = Digest.of(new byte[0]).toString();
    proxy.always("PUT", UPLOAD, saying("Docker-Content-Digest", lie));
    assertThatThrownBy(this::push).hasMessageContaining("found " + lie);
    assertNoTag();
    proxy.behave();
    proxy.always("HEAD", BLOB, saying("Docker-Content-Digest", lie));
    proxy.always("PUT", MANIFEST, saying("Docker-Content-Digest", lie));
    assertThatThrownBy(this::push).hasMessageContaining("found " + lie);
    proxy.behave();
    assertWhole(push());
  }

  @Test
  void sendsBlobsThatCannotBeMounted() throws Exception {
    ImageReference other = ImageReference.parse(proxy.domain() + "/other:1");
    Files.writeString(
        folder.resolve("known"),
        image.layers().stream()
            .map(layer -> gzipped(layer) + " " + other.repository() + "\n")
            .reduce("", String::concat));
    String mount = BEGIN + "\\?mount=.*";
    proxy.next(1, "POST", mount, answer(500));
    proxy.next(1, "POST", mount, answer(405));
    Digest digest = push();
    assertThat(proxy.seen("DELETE")).as("uploads that nobody wants").isNotEmpty();
    assertManifestIsLast();
    assertWhole(digest);
  }

  private static Digest gzipped(ContainerLayer layer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      Compressor.of(Compression.GZIP, 1)
          .compress(layer.layer().tar()::writeTo, Channels.newChannel(out));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Digest.of(out.toByteArray());
  }

  @Test
  void fetchesTokensAgainThatExpireWithinAPush() throws Exception {
    credentials = new Credentials.Password("me", "s3cret");
    Tokens tokens = new Tokens();
    Digest digest = push();
    assertThat(tokens.written).as("refused once each").hasSize(9);
    assertThat(tokens.given).hasSizeGreaterThan(4);
    assertThat(waits).isEmpty();
    assertManifestIsLast();
    assertWhole(digest);
  }

  /** Lets in nobody without a token, and finds that it has expired when something is written. */
  private final class Tokens {
    final List<String> given = new CopyOnWriteArrayList<>();
    private final Set<String> written = ConcurrentHashMap.newKeySet();

    Tokens() {
      String challenge = "Bearer realm=\"http://%s/token\",service=\"s\"".formatted(proxy.domain());
      proxy.always(
          "GET",
          "/token\\?.*",
          exchange -> {
            String token = "t" + given.size();
            given.add(token);
            return document("{\"token\":\"" + token + "\",\"expires_in\":3600}").does(exchange);
          });
      proxy.always(
          ".*",
          "/v2/image/.*",
          exchange ->
              !isGood(exchange.request)
                  && answer(401, "WWW-Authenticate", challenge).does(exchange));
    }

    private boolean isGood(FaultProxy.Request request) {
      return request.has("Authorization")
          && (!request.method().matches("PATCH|PUT") || !written.add(request.toString()));
    }
  }

  @Test
  void sendsNoCredentialsToOtherHosts() throws Exception {
    credentials = new Credentials.Password("me", "s3cret");
    try (FaultProxy elsewhere = new FaultProxy(registry.port())) {
      demandPassword();
      String other = "http://" + elsewhere.domain();
      // Uploads that begin here and go on there; blobs that lie there.
      proxy.always(
          "POST",
          BEGIN,
          exchange ->
              exchange.request.has("Authorization")
                  && saying(head -> head.replace(proxy.domain(), elsewhere.domain()))
                      .does(exchange));
      Digest digest = push();
      assertThat(elsewhere.seen("PATCH")).isNotEmpty();
      assertThat(elsewhere.seen("PUT")).isNotEmpty();
      assertThat(elsewhere.seen).noneMatch(request -> request.has("Authorization"));
      assertWhole(digest);
      byte[] expected = pull(registry.domain());
      elsewhere.behave();
      proxy.always(
          "GET",
          BLOB,
          exchange ->
              exchange.request.has("Authorization")
                  && answer(307, "Location", other + exchange.request.target() + "?sig=s3cret")
                      .does(exchange));
      assertThat(pull()).isEqualTo(expected);
      assertThat(elsewhere.seen("GET")).hasSize(4);
      assertThat(elsewhere.seen).noneMatch(request -> request.has("Authorization"));
    }
  }

  private void demandPassword() {
    proxy.always(
        ".*",
        "/v2/.*",
        exchange ->
            !exchange.request.has("Authorization")
                && answer(401, "WWW-Authenticate", "Basic realm=\"r\"").does(exchange));
  }

  @Test
  void followsRedirectsOfWhatItSends() throws Exception {
    credentials = new Credentials.Password("me", "s3cret");
    try (FaultProxy elsewhere = new FaultProxy(registry.port())) {
      demandPassword();
      proxy.always(
          "POST|PATCH|PUT",
          ".*",
          exchange ->
              answer(307, "Location", "http://" + elsewhere.domain() + exchange.request.target())
                  .does(exchange));
      Digest digest = push();
      assertThat(elsewhere.seen).noneMatch(request -> request.has("Authorization"));
      assertWhole(digest);
    }
  }

  // -- Pulling

  static Stream<Arguments> faultsOfAnswers() {
    List<Arguments> faults = new ArrayList<>();
    for (String target : List.of(MANIFEST, BLOB)) {
      for (int status : List.of(408, 429, 500, 502, 503, 504)) {
        faults.add(Arguments.of(status + "", target, answer(status, "Retry-After", "3")));
      }
      for (long after : List.of(0L, 1L, 100L)) {
        faults.add(Arguments.of("cut after " + after, target, cutAnswer(after)));
      }
      faults.add(Arguments.of("no answer", target, dropAnswer()));
    }
    faults.add(Arguments.of("cut late", BLOB, cutAnswer(LAYER_BYTES - 1L)));
    faults.add(Arguments.of("truncated", BLOB, truncate(100)));
    return faults.stream();
  }

  @ParameterizedTest(name = "{0} from {1}")
  @MethodSource("faultsOfAnswers")
  void pullsWhatIsThereInSpiteOfFaultsThatPass(String name, String target, FaultProxy.Fault fault)
      throws Exception {
    push();
    byte[] expected = pull(registry.domain());
    waits.clear();
    proxy.next(2, "GET", target, fault);
    assertThat(pull()).isEqualTo(expected);
    assertThat(proxy.isSpent()).as(name).isTrue();
  }

  @Test
  void pullsWhatComesByteByByteOrNotAtAll() throws Exception {
    push();
    byte[] expected = pull(registry.domain());
    stallTimeout = Duration.ofMillis(500);
    proxy.next(1, "GET", MANIFEST, proxy.stall());
    proxy.next(1, "GET", BLOB, proxy.stallAfter(50));
    proxy.next(1, "GET", BLOB, proxy.stall());
    assertThat(pull()).isEqualTo(expected);
    assertThat(waits).hasSize(3);
    proxy.always("GET", MANIFEST + "|" + BLOB, dribble());
    assertThat(pull()).isEqualTo(expected);
  }

  static Stream<Arguments> lies() {
    String lie = Digest.of(new byte[0]).toString();
    return Stream.of(
        Arguments.of(BLOB, corruptAnswer(60), "expected sha256:"),
        Arguments.of(MANIFEST, corruptAnswer(60), "expected"),
        Arguments.of(MANIFEST, saying("Docker-Content-Digest", lie), "expected " + lie),
        Arguments.of(MANIFEST, truncate(60), "expected"));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void keepsNothingThatIsNotWhatItShouldBe(String target, FaultProxy.Fault fault, String said)
      throws Exception {
    push();
    proxy.always("GET", target, fault);
    assertThatThrownBy(this::pull).hasMessageContaining(said);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString)).containsOnly("known");
    }
  }

  @Test
  void pullsForeignLayersFromWhereTheyAre() throws Exception {
    push();
    byte[] expected = pull(registry.domain());
    ImageManifest manifest;
    try (RegistryClient client = client();
        FaultProxy elsewhere = new FaultProxy(registry.port())) {
      manifest = (ImageManifest) client.manifest(reference(proxy.domain()));
      List<Descriptor> layers = new ArrayList<>(manifest.layers());
      Descriptor own = layers.getFirst();
      layers.set(
          0,
          new Descriptor(
              new MediaType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
              own.digest(),
              own.size(),
              Optional.empty(),
              List.of("http://" + elsewhere.domain() + "/v2/image/blobs/" + own.digest()),
              Map.of()));
      ImageManifest foreign =
          ImageManifest.of(manifest.mediaType(), manifest.config(), layers, Map.of());
      client.putManifest(reference(proxy.domain()), foreign);
      proxy.always("GET", "/v2/image/blobs/" + own.digest(), answer(404));
      assertThat(pull()).isEqualTo(expected);
      assertThat(elsewhere.seen("GET")).hasSize(1);
    }
  }
}
