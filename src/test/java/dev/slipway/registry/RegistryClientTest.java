package dev.slipway.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.http.ProxySettings;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import dev.slipway.oci.RepositoryName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegistryClientTest {
  private static final String BLOBS = ".*/blobs/sha256:.*";
  private static final String UPLOADS = ".*/blobs/uploads/.+";

  private final Settings settings = new Settings();
  private final byte[] blob = new byte[300_000];
  private FakeRegistry registry;
  private RegistryClient client;
  private Descriptor descriptor;

  @BeforeEach
  void start() throws IOException {
    new Random(7).nextBytes(blob);
    registry = new FakeRegistry();
    client = settings.client();
    descriptor = Descriptor.of(MediaType.OCI_LAYER, blob);
  }

  @AfterEach
  void stop() {
    client.close();
    registry.close();
  }

  private byte[] pull() throws IOException {
    try (InputStream in = client.blob(registry.repository("a/b"), descriptor)) {
      return in.readAllBytes();
    }
  }

  private void push() throws IOException {
    client.uploadBlob(registry.repository("a/b"), descriptor, this::from);
  }

  private InputStream from(long offset) {
    return new ByteArrayInputStream(blob, (int) offset, blob.length - (int) offset);
  }

  private ImageManifest image() {
    return ImageManifest.of(
        MediaType.OCI_MANIFEST,
        Descriptor.of(MediaType.OCI_CONFIG, new byte[] {'{', '}'}),
        List.of(descriptor),
        Map.of());
  }

  // -- Manifests

  @Test
  void readsWhatItHasPut() throws IOException {
    ImageManifest image = image();
    assertThat(client.putManifest(registry.reference("a/b:t"), image)).isEqualTo(image.digest());
    assertThat(client.manifest(registry.reference("a/b:t"))).isEqualTo(image);
    assertThat(client.findManifest(registry.reference("a/b:t"))).contains(image.descriptor());
    assertThat(client.findManifest(registry.reference("a/b:other"))).isEmpty();
    ImageIndex index =
        ImageIndex.of(
            MediaType.DOCKER_LIST,
            List.of(image.descriptor().on(new Platform("linux", "arm64"))),
            Map.of());
    client.putManifest(registry.reference("a/b@" + index.digest()), index);
    assertThat(client.manifest(registry.reference("a/b@" + index.digest()))).isEqualTo(index);
  }

  @Test
  void refusesAManifestThatIsNotWhatWasAskedFor() throws IOException {
    Digest other = Digest.of(new byte[] {1});
    registry.manifests.put(
        other.toString(), new FakeRegistry.Document(MediaType.OCI_MANIFEST, image().bytes()));
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b@" + other)))
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining(other.toString())
        .hasMessageContaining(image().digest().toString());
    assertThatThrownBy(() -> client.putManifest(registry.reference("a/b@" + other), image()))
        .isInstanceOf(DigestMismatchException.class);
  }

  @Test
  void refusesAManifestThatIsNotWhatTheRegistrySays() {
    registry.always(
        "GET",
        ".*/manifests/t",
        exchange -> {
          exchange
              .getResponseHeaders()
              .add("Docker-Content-Digest", Digest.of(new byte[0]).toString());
          return FakeRegistry.bytes(200, image().bytes()).answer(exchange);
        });
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .isInstanceOf(DigestMismatchException.class);
  }

  @Test
  void asksAgainForAManifestThatIsCut() throws IOException {
    client.putManifest(registry.reference("a/b:t"), image());
    registry.next(1, "GET", ".*/manifests/t", FakeRegistry.cut(image().bytes(), 10));
    assertThat(client.manifest(registry.reference("a/b:t"))).isEqualTo(image());
  }

  @Test
  void refusesDocumentsThatAreTooLarge() {
    registry.always("GET", ".*/manifests/t", FakeRegistry.bytes(200, new byte[(32 << 20) + 1]));
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("larger than the 33554432 bytes");
  }

  @Test
  void saysWhatTheRegistrySays() {
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .isInstanceOfSatisfying(
            RegistryException.class,
            e -> {
              assertThat(e.status()).isEqualTo(404);
              assertThat(e.has("UNKNOWN")).isTrue();
            })
        .hasMessage(
            "GET https://%s/v2/a/b/manifests/t: 404 not found: not here (UNKNOWN)"
                .formatted(registry.domain()));
    assertThat(settings.waits).isEmpty();
  }

  // -- Pulling blobs

  @Test
  void pullsABlob() throws IOException {
    registry.add(blob);
    assertThat(pull()).isEqualTo(blob);
    assertThat(client.hasBlob(registry.repository("a/b"), descriptor)).isTrue();
    Descriptor other = Descriptor.of(MediaType.OCI_LAYER, new byte[0]);
    assertThat(client.hasBlob(registry.repository("a/b"), other)).isFalse();
  }

  @Test
  void takesNoBlobOfAnotherSizeOrDigestForTheOneThatIsMeant() throws IOException {
    registry.add(blob);
    Descriptor longer = new Descriptor(MediaType.OCI_LAYER, descriptor.digest(), blob.length + 1);
    assertThat(client.hasBlob(registry.repository("a/b"), longer)).isFalse();
    registry.always(
        "HEAD",
        BLOBS,
        FakeRegistry.status(200, "Docker-Content-Digest", Digest.of(new byte[0]).toString()));
    assertThat(client.hasBlob(registry.repository("a/b"), descriptor)).isFalse();
  }

  @Test
  void fetchesWhatTheRegistryDoesNotHaveWhereTheDescriptorSays() throws IOException {
    settings.credentials = new Credentials.Password("me", "s3cret");
    registry.always("GET", ".*", challenge("Basic realm=\"r\""));
    try (FakeRegistry other = new FakeRegistry()) {
      other.next(1, "GET", "/layer", FakeRegistry.cut(blob, 1000));
      other.always("GET", "/layer", FakeRegistry.bytes(200, blob));
      List<String> addresses =
          List.of(
              "ftp://x/y",
              "https://" + other.domain() + "/gone",
              "https://" + other.domain() + "/layer");
      Descriptor foreign =
          new Descriptor(
              descriptor.mediaType(),
              descriptor.digest(),
              descriptor.size(),
              Optional.empty(),
              addresses,
              Map.of());
      try (InputStream in = client.blob(registry.repository("a/b"), foreign)) {
        assertThat(in.readAllBytes()).isEqualTo(blob);
      }
      assertThat(other.seen).noneMatch(seen -> seen.headers().containsKey("Authorization"));
      other.always("GET", "/layer", FakeRegistry.bytes(200, new byte[blob.length]));
      registry.add(blob);
      try (InputStream in = client.blob(registry.repository("a/b"), foreign)) {
        assertThat(in.readAllBytes()).isEqualTo(blob);
      }
      assertThat(other.requests("GET")).hasSize(3);
    }
  }

  @Test
  void goesOnWhereAConnectionWasCut() throws IOException {
    registry.add(blob);
    CountDownLatch read = new CountDownLatch(1);
    registry.next(1, "GET", BLOBS, FakeRegistry.cut(blob, 100_000, read));
    byte[] pulled = new byte[blob.length];
    try (InputStream in = client.blob(registry.repository("a/b"), descriptor)) {
      assertThat(in.readNBytes(pulled, 0, 50_000)).isEqualTo(50_000);
      read.countDown();
      assertThat(in.readNBytes(pulled, 50_000, 250_000)).isEqualTo(250_000);
      assertThat(in.read()).isEqualTo(-1);
    }
    assertThat(pulled).isEqualTo(blob);
    assertThat(registry.seen.getLast().header("Range")).matches("bytes=[1-9][0-9]*-");
  }

  @Test
  void goesOnWithARegistryThatKnowsNoRanges() throws IOException {
    registry.next(1, "GET", BLOBS, FakeRegistry.cut(blob, 100_000));
    registry.always("GET", BLOBS, FakeRegistry.bytes(200, blob));
    assertThat(pull()).isEqualTo(blob);
  }

  @Test
  void refusesAnotherRangeThanItAskedFor() {
    registry.next(1, "GET", BLOBS, FakeRegistry.cut(blob, 100_000));
    registry.always(
        "GET",
        BLOBS,
        exchange -> {
          exchange.getResponseHeaders().add("Content-Range", "bytes 5-9/300000");
          return FakeRegistry.bytes(206, new byte[5]).answer(exchange);
        });
    assertThatThrownBy(this::pull)
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("found the range 'bytes 5-9/300000'");
  }

  @Test
  void givesUpOnAConnectionThatIsCutAgainAndAgain() {
    registry.next(1, "GET", BLOBS, FakeRegistry.cut(blob, 100_000));
    registry.always(
        "GET",
        BLOBS,
        exchange -> {
          int from =
              Integer.parseInt(
                  exchange.getRequestHeaders().getFirst("Range").replaceAll("[^0-9]", ""));
          exchange.getResponseHeaders().add("Content-Range", "bytes " + from + "-299999/300000");
          exchange.sendResponseHeaders(206, 300_000 - from);
          exchange.getResponseBody().flush();
          throw new IOException("cut");
        });
    assertThatThrownBy(this::pull)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(descriptor.digest().toString());
    assertThat(settings.waits)
        .containsExactly(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(4),
            Duration.ofSeconds(8));
  }

  @Test
  void doesNotWaitForEverForABodyThatStalls() throws IOException {
    client.close();
    settings.stallTimeout = Duration.ofMillis(300);
    client = settings.client();
    registry.add(blob);
    registry.next(1, "GET", BLOBS, registry.stall(blob, 50_000));
    assertThat(pull()).isEqualTo(blob);
    assertThat(settings.waits).hasSize(1);
  }

  @Test
  void doesNotWaitForEverForAnAnswer() throws IOException {
    client.close();
    settings.stallTimeout = Duration.ofMillis(300);
    client = settings.client();
    registry.add(blob);
    registry.next(
        1,
        "GET",
        BLOBS,
        _ -> {
          registry.awaitClose();
          return true;
        });
    assertThat(pull()).isEqualTo(blob);
    assertThat(settings.waits).hasSize(1);
  }

  @Test
  void refusesABlobWithAnotherDigest() {
    byte[] wrong = blob.clone();
    wrong[299_999]++;
    registry.always("GET", BLOBS, FakeRegistry.bytes(200, wrong));
    assertThatThrownBy(this::pull)
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining(descriptor.digest().toString())
        .hasMessageContaining(Digest.of(wrong).toString());
  }

  @Test
  void refusesABlobThatIsTooLong() {
    registry.always("GET", BLOBS, FakeRegistry.bytes(200, new byte[300_001]));
    assertThatThrownBy(this::pull)
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("expected 300000 bytes, found more");
  }

  @Test
  void refusesABlobThatIsTooShort() {
    registry.always("GET", BLOBS, FakeRegistry.bytes(200, new byte[10]));
    assertThatThrownBy(this::pull).isInstanceOf(IOException.class);
  }

  @Test
  void readsAnEmptyBlob() throws IOException {
    Digest digest = registry.add(new byte[0]);
    try (InputStream in =
        client.blob(registry.repository("a"), new Descriptor(MediaType.OCI_LAYER, digest, 0))) {
      assertThat(in.readAllBytes()).isEmpty();
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  // -- Faults that pass

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void asksAgainAfterFaultsThatPass(int status) throws IOException {
    registry.add(blob);
    registry.next(2, "GET", BLOBS, FakeRegistry.status(status));
    assertThat(pull()).isEqualTo(blob);
    assertThat(settings.waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void waitsAsLongAsItIsAskedTo() throws IOException {
    registry.add(blob);
    registry.next(1, "GET", BLOBS, FakeRegistry.status(429, "Retry-After", "17"));
    registry.next(
        1, "GET", BLOBS, FakeRegistry.status(503, "Retry-After", "Thu, 01 Jan 2026 00:00:47 GMT"));
    registry.next(1, "GET", BLOBS, FakeRegistry.status(429, "Retry-After", "999999999"));
    registry.next(1, "GET", BLOBS, FakeRegistry.status(429, "Retry-After", "soon"));
    assertThat(pull()).isEqualTo(blob);
    assertThat(settings.waits)
        .containsExactly(
            Duration.ofSeconds(17),
            Duration.ofSeconds(30),
            Duration.ofMinutes(2),
            Duration.ofSeconds(8));
  }

  @Test
  void givesUpInTheEnd() {
    registry.always("GET", BLOBS, FakeRegistry.status(503));
    assertThatThrownBy(this::pull)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("503 service unavailable");
    assertThat(settings.waits).hasSize(4);
  }

  @Test
  void doesNotKnockWhereNobodyIs() throws IOException {
    RegistryClient other = settings.client();
    registry.close();
    assertThatThrownBy(() -> other.manifest(registry.reference("a/b:t")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot connect");
    assertThat(settings.waits).isEmpty();
    other.close();
  }

  @Test
  void saysAllThatItHasTried() {
    registry.close();
    String host = registry.domain();
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .hasMessage(
            "GET https://%1$s/v2/: cannot connect; GET http://%1$s/v2/: cannot connect"
                .formatted(host));
    assertThat(settings.waits).isEmpty();
  }

  @Test
  void saysWhatIsWrongWithBothWays() throws IOException {
    // As Go's servers answer what they take for plain HTTP, be it that or TLS of another kind.
    byte[] answer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes(UTF_8);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform()
          .daemon()
          .start(() -> {
            while (!server.isClosed()) {
              try (Socket socket = server.accept()) {
                socket.getOutputStream().write(answer);
                socket.shutdownOutput();
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
              } catch (IOException _) {
                // The client has gone, or it is over.
              }
            }
          });
      String host = "127.0.0.1:" + server.getLocalPort();
      assertThatThrownBy(() -> client.manifest(ImageReference.parse(host + "/a:1")))
          .hasMessageStartingWith("GET https://" + host + "/v2/: ")
          .hasMessageEndingWith("; GET http://" + host + "/v2/: it does not speak plain HTTP");
      assertThat(settings.waits).isEmpty();
    }
  }

  @Test
  void refusesDigestsOfOtherKindsByName() {
    String other = "sha512:" + "0".repeat(128);
    String document =
        """
        {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "%s", "size": 1}, "layers": []}
        """
            .formatted(other);
    registry.always("GET", ".*/manifests/t", FakeRegistry.text(200, document));
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("config.digest: expected a sha256 digest, found '" + other + "'");
  }

  @Test
  void knocksAgainWhereSomebodyWas() throws IOException {
    client.putManifest(registry.reference("a/b:t"), image());
    registry.close();
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:t")))
        .hasMessageContaining("cannot connect");
    assertThat(settings.waits).hasSize(4);
  }

  // -- Redirects

  @Test
  void followsRedirectsWithoutTellingWhoAsks() throws IOException {
    settings.credentials = new Credentials.Password("me", "s3cret");
    registry.always("GET", ".*", challenge("Basic realm=\"r\""));
    try (FakeRegistry other = new FakeRegistry()) {
      other.add(blob);
      registry.always(
          "GET",
          BLOBS,
          FakeRegistry.status(
              307,
              "Location",
              "https://" + other.domain() + "/x/blobs/" + descriptor.digest() + "?sig=s3cret"));
      assertThat(pull()).isEqualTo(blob);
      assertThat(registry.seen.getLast().header("Authorization")).startsWith("Basic ");
      assertThat(other.seen).hasSize(1);
      assertThat(other.seen.getFirst().headers()).doesNotContainKey("Authorization");
    }
  }

  @Test
  void showsNoSecretsOfRedirects() throws IOException {
    try (FakeRegistry other = new FakeRegistry()) {
      registry.always(
          "GET",
          BLOBS,
          FakeRegistry.status(
              302, "Location", "https://u:s3cret@" + other.domain() + "/gone?sig=s3cret"));
      assertThatThrownBy(this::pull)
          .hasMessage("GET https://%s/gone: 404 not found".formatted(other.domain()));
    }
  }

  @Test
  void doesNotFollowForEver() {
    registry.always("GET", BLOBS, FakeRegistry.status(302, "Location", "/v2/x/blobs/sha256:a"));
    assertThatThrownBy(this::pull).hasMessageContaining("more than 10 redirects");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://x/y", "file:///etc/passwd", "http://", "::", "https:opaque"})
  void doesNotFollowOutOfTheWeb(String location) {
    registry.always("GET", BLOBS, FakeRegistry.status(302, "Location", location));
    assertThatThrownBy(this::pull)
        .hasMessageContaining("leads to")
        .hasStackTraceContaining("leads to")
        .extracting(Throwable::getCause)
        .as("what might show the address")
        .isNull();
    assertThat(settings.waits).isEmpty();
  }

  @Test
  void followsRedirectsOfWhatItSendsWithoutTellingWhoAsks() throws IOException {
    settings.credentials = new Credentials.Password("me", "s3cret");
    for (String method : List.of("POST", "PATCH", "PUT")) {
      registry.always(method, ".*", challenge("Basic realm=\"r\""));
    }
    try (FakeRegistry other = new FakeRegistry()) {
      for (String method : List.of("POST", "PUT")) {
        registry.always(
            method,
            ".*",
            exchange -> {
              String path = exchange.getRequestURI().getPath();
              return FakeRegistry.status(307, "Location", "https://" + other.domain() + path)
                  .answer(exchange);
            });
      }
      push();
      client.putManifest(registry.reference("a/b:t"), image());
      assertThat(other.blobs).containsEntry(descriptor.digest(), blob);
      assertThat(other.manifests).containsOnlyKeys("t");
      assertThat(other.seen).noneMatch(seen -> seen.headers().containsKey("Authorization"));
    }
  }

  @Test
  void sendsNoCredentialsToWhereUploadsAre() throws IOException {
    settings.credentials = new Credentials.Password("me", "s3cret");
    registry.always("POST", ".*", challenge("Basic realm=\"r\""));
    try (FakeRegistry other = new FakeRegistry()) {
      String place = other.openUpload("/elsewhere/blobs/uploads/");
      registry.always(
          "POST",
          ".*",
          FakeRegistry.status(
              202, "Location", "https://" + other.domain() + place + "?sig=s3cret"));
      other.next(1, "PATCH", UPLOADS, other.cutUpload(100_000));
      push();
      assertThat(other.blobs).containsEntry(descriptor.digest(), blob);
      assertThat(other.requests("GET")).as("asked how far it has got").hasSize(1);
      assertThat(other.seen)
          .noneMatch(seen -> seen.headers().containsKey("Authorization"))
          .anyMatch(seen -> seen.query().equals("sig=s3cret"));
    }
  }

  private static FakeRegistry.Answer challenge(String challenge) {
    return exchange -> {
      if (exchange.getRequestHeaders().containsKey("Authorization")) {
        return false;
      }
      return FakeRegistry.status(401, "WWW-Authenticate", challenge).answer(exchange);
    };
  }

  // -- Uploads

  @Test
  void uploadsABlobAtOnce() throws IOException {
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("PATCH")).hasSize(1);
    assertThat(registry.unfinished()).isEmpty();
  }

  @Test
  void uploadsAnEmptyBlob() throws IOException {
    Descriptor empty = Descriptor.of(MediaType.OCI_LAYER, new byte[0]);
    client.uploadBlob(registry.repository("a/b"), empty, _ -> InputStream.nullInputStream());
    assertThat(registry.blobs).containsKey(empty.digest());
  }

  @Test
  void goesOnWhereAnUploadWasCut() throws IOException {
    registry.next(1, "PATCH", UPLOADS, registry.cutUpload(120_000));
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.seen.stream().map(each -> each.header("Content-range")))
        .contains("120000-299999");
  }

  @Test
  void beginsAgainWhereAnUploadIsForgotten() throws IOException {
    registry.next(
        1,
        "PATCH",
        UPLOADS,
        _ -> {
          registry.forgetUploads();
          throw new IOException("cut");
        });
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("POST")).hasSize(2);
  }

  @Test
  void sendsPiecesWhereARegistryTakesNoMore() throws IOException {
    registry.mostAtOnce = 100_000;
    registry.leastChunk = "70000";
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
  }

  @Test
  void sendsNoPiecesThatAreTooSmall() {
    registry.mostAtOnce = 100_000;
    registry.leastChunk = "100001";
    assertThatThrownBy(this::push)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("413 too large");
  }

  @Test
  void asksAgainWhetherABlobHasArrived() throws IOException {
    registry.next(
        1,
        "PUT",
        UPLOADS,
        _ -> {
          registry.add(blob);
          throw new IOException("cut");
        });
    push();
    assertThat(registry.requests("POST")).hasSize(1);
  }

  @Test
  void sendsItAllAgainWhereItHasNotArrived() throws IOException {
    registry.next(
        1,
        "PUT",
        UPLOADS,
        _ -> {
          throw new IOException("cut");
        });
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("POST")).as("what has arrived is kept").hasSize(1);
    assertThat(registry.requests("PUT")).hasSize(2);
  }

  @Test
  void sendsItAllAgainWhereItIsForgottenInTheEnd() throws IOException {
    registry.next(
        1,
        "PUT",
        UPLOADS,
        exchange -> {
          registry.forgetUploads();
          return FakeRegistry.status(500).answer(exchange);
        });
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("POST")).hasSize(2);
  }

  @Test
  void waitsAsLongAsItIsAskedToInTheEnd() throws IOException {
    registry.next(1, "PUT", UPLOADS, FakeRegistry.status(429, "Retry-After", "7"));
    push();
    assertThat(settings.waits).containsExactly(Duration.ofSeconds(7));
    assertThat(registry.requests("PATCH")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 416, 500})
  void beginsAgainWhereAPieceIsRefused(int status) throws IOException {
    registry.next(
        1,
        "PATCH",
        UPLOADS,
        exchange -> {
          registry.forgetUploads();
          return FakeRegistry.status(status).answer(exchange);
        });
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(settings.waits).isNotEmpty();
  }

  @Test
  void beginsAgainWhereARegistryPutsPiecesTogetherWrongly() throws IOException {
    registry.next(1, "PATCH", UPLOADS, registry.cutUpload(1));
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("POST")).hasSize(2);
  }

  @Test
  void givesUpWhereNothingThatIsSentIsKept() {
    registry.always(
        "PATCH",
        UPLOADS,
        exchange -> {
          registry.take(exchange);
          return FakeRegistry.status(404).answer(exchange);
        });
    assertThatThrownBy(this::push)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("404 not found");
    assertThat(settings.waits).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0-0", "0-999999999999", "bytes=0-299999", "5-9", "x", ""})
  void isNotConfusedByWhatARegistrySaysItHas(String range) throws IOException {
    registry.always(
        "PATCH",
        UPLOADS,
        exchange -> {
          registry.take(exchange);
          return FakeRegistry.status(202, "Range", range).answer(exchange);
        });
    push();
    assertThat(registry.blobs).containsEntry(descriptor.digest(), blob);
    assertThat(registry.requests("PATCH")).hasSize(1);
  }

  @Test
  void uploadsASingleByte() throws IOException {
    byte[] one = {42};
    Descriptor single = Descriptor.of(MediaType.OCI_LAYER, one);
    client.uploadBlob(registry.repository("a/b"), single, _ -> new ByteArrayInputStream(one));
    assertThat(registry.blobs).containsEntry(single.digest(), one);
    assertThat(registry.requests("PATCH")).hasSize(1);
  }

  @Test
  void refusesARegistryThatHasGotSomethingElse() {
    registry.always(
        "PUT",
        UPLOADS,
        FakeRegistry.status(201, "Docker-Content-Digest", Digest.of(new byte[0]).toString()));
    assertThatThrownBy(this::push)
        .isInstanceOf(DigestMismatchException.class)
        .hasMessageContaining(descriptor.digest().toString())
        .message()
        .doesNotContain("secret");
  }

  @Test
  void takesAnAnswerThatComesBeforeAllIsSent() throws IOException {
    byte[] large = new byte[32 << 20];
    Descriptor description = Descriptor.of(MediaType.OCI_LAYER, large);
    registry.mostAtOnce = 20 << 20;
    registry.readsWhatItRefuses = false;
    client.uploadBlob(
        registry.repository("a/b"),
        description,
        offset -> new ByteArrayInputStream(large, (int) offset, large.length - (int) offset));
    assertThat(registry.blobs).containsKey(description.digest());
  }

  @Test
  void saysWhatIsWrongWithTheSource() {
    assertThatThrownBy(() ->
            client.uploadBlob(
                registry.repository("a/b"),
                descriptor,
                _ -> {
                  throw new ImageException("the file has changed");
                }))
        .isInstanceOf(ImageException.class)
        .hasMessage("the file has changed");
    assertThat(settings.waits).isEmpty();
    assertThat(registry.blobs).isEmpty();
  }

  @Test
  void pushesNothingThatIsNotWhatItShouldBe() {
    byte[] wrong = new byte[300_000];
    assertThatThrownBy(() ->
            client.uploadBlob(
                registry.repository("a/b"),
                descriptor,
                offset ->
                    new ByteArrayInputStream(wrong, (int) offset, wrong.length - (int) offset)))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("wrong digest (DIGEST_INVALID)");
    assertThat(registry.blobs).isEmpty();
  }

  @Test
  void mountsWhereTheRegistryKnowsHow() throws IOException {
    Digest digest = registry.add(blob);
    assertThat(client.mountBlob(registry.repository("a/b"), digest, registry.repository("c")))
        .isTrue();
    assertThat(registry.seen.getLast())
        .hasToString("POST /v2/a/b/blobs/uploads/?mount=" + digest + "&from=c");
    registry.mounts = false;
    assertThat(client.mountBlob(registry.repository("a/b"), digest, registry.repository("c")))
        .isFalse();
    assertThat(registry.unfinished()).isEmpty();
    registry.always("DELETE", UPLOADS, FakeRegistry.status(405));
    assertThat(client.mountBlob(registry.repository("a/b"), digest, registry.repository("c")))
        .isFalse();
    registry.always("POST", ".*", FakeRegistry.status(422));
    assertThat(client.mountBlob(registry.repository("a/b"), digest, registry.repository("c")))
        .isFalse();
  }

  // -- Trust and proxies

  private void reopen() {
    client.close();
    client = settings.client();
  }

  @Test
  void trustsWhomItIsToldTo(@TempDir Path folder) throws IOException {
    registry.add(blob);
    settings.tlsVerify = true;
    reopen();
    assertThatThrownBy(this::pull)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("its certificate is not to be trusted");
    assertThat(settings.waits).isEmpty();
    Path authority = folder.resolve("authority.pem");
    TestCertificate.writeTo(authority);
    settings.certificates = Optional.of(authority);
    reopen();
    assertThat(pull()).isEqualTo(blob);
    settings.certificates = Optional.empty();
    settings.certificateFolders = List.of(folder.resolve("none"), folder);
    Files.createDirectory(folder.resolve(registry.domain()));
    Files.move(authority, folder.resolve(registry.domain()).resolve("ca.crt"));
    reopen();
    assertThat(pull()).isEqualTo(blob);
  }

  @Test
  void showsItsOwnCertificateToTheRegistryAlone(@TempDir Path folder) throws IOException {
    Path files = Files.createDirectory(folder.resolve(registry.domain()));
    TestCertificate.writeTo(files.resolve("me.cert"));
    TestCertificate.writeKeyTo(files.resolve("me.key"));
    settings.certificateFolders = List.of(folder);
    reopen();
    try (FakeRegistry other = new FakeRegistry()) {
      other.add(blob);
      String there = "https://" + other.domain() + "/x/blobs/" + descriptor.digest();
      registry.always("GET", BLOBS, FakeRegistry.status(307, "Location", there));
      assertThat(pull()).isEqualTo(blob);
      assertThat(registry.seen).isNotEmpty().allMatch(FakeRegistry.Seen::certified);
      assertThat(other.seen).hasSize(1).noneMatch(FakeRegistry.Seen::certified);
    }
  }

  @Test
  void saysWhichHalfOfItsCertificateIsMissing(@TempDir Path folder) throws IOException {
    Path files = Files.createDirectory(folder.resolve(registry.domain()));
    Path certificate = files.resolve("me.cert");
    Path key = files.resolve("me.key");
    settings.certificateFolders = List.of(folder);
    TestCertificate.writeTo(certificate);
    reopen();
    assertThatThrownBy(this::pull).hasMessage(certificate + ": expected me.key beside it");
    Files.writeString(key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n");
    reopen();
    assertThatThrownBy(this::pull)
        .hasMessage(key + ": expected a private key in PEM form, without a password, found none");
    Files.writeString(key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    reopen();
    assertThatThrownBy(this::pull)
        .hasMessage(key + ": expected a private key for EC, as its certificate has it");
    Files.delete(certificate);
    reopen();
    assertThatThrownBy(this::pull).hasMessage(key + ": expected me.cert beside it");
    assertThat(settings.waits).isEmpty();
  }

  @Test
  void saysWhichCertificatesAreNone(@TempDir Path folder) throws IOException {
    settings.tlsVerify = true;
    for (String text :
        List.of("", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")) {
      Path file = Files.writeString(folder.resolve("ca.pem"), text);
      settings.certificates = Optional.of(file);
      reopen();
      assertThatThrownBy(this::pull).hasMessageStartingWith(file + ": expected certificates");
    }
    assertThat(settings.waits).isEmpty();
  }

  @Test
  void goesThroughAProxyThatWantsAPassword() throws IOException {
    registry.add(blob);
    int port = Integer.parseInt(registry.domain().replaceFirst(".*:", ""));
    String shown = new Credentials.Password("me", "p@ss").basic();
    try (TestProxy proxy = new TestProxy(port, shown)) {
      URI uri = URI.create("http://me:p%40ss@127.0.0.1:" + proxy.port());
      settings.proxies = new ProxySettings(Optional.empty(), Optional.of(uri), List.of());
      reopen();
      RepositoryName far = new RepositoryName("registry.invalid", "a/b");
      try (InputStream in = client.blob(far, descriptor)) {
        assertThat(in.readAllBytes()).isEqualTo(blob);
      }
      assertThat(proxy.asked).contains("CONNECT registry.invalid:443 HTTP/1.1");
      assertThat(registry.seen)
          .noneMatch(seen -> seen.headers().containsKey("Proxy-authorization"));
    }
  }

  @Test
  void doesNotFollowToWhereNothingIsEncrypted(@TempDir Path folder) throws IOException {
    settings.tlsVerify = true;
    TestCertificate.writeTo(folder.resolve("ca.pem"));
    settings.certificates = Optional.of(folder.resolve("ca.pem"));
    reopen();
    registry.always("GET", BLOBS, FakeRegistry.status(302, "Location", "http://a.invalid/x?s"));
    assertThatThrownBy(this::pull)
        .hasMessageContaining("leads to http://a.invalid/x, which is not encrypted");
    settings.credentials = new Credentials.Password("me", "s3cret");
    registry.always(
        "GET",
        ".*/manifests/.*",
        FakeRegistry.status(401, "WWW-Authenticate", "Bearer realm=\"http://a.invalid/t\""));
    assertThatThrownBy(() -> client.manifest(registry.reference("a/b:1")))
        .hasMessageContaining("would have credentials sent to http://a.invalid/t");
  }

  // -- Authentication

  @Test
  void showsAPasswordWhereItIsAskedFor() throws IOException {
    settings.credentials = new Credentials.Password("me", "a:b");
    registry.add(blob);
    registry.always("GET", ".*", challenge("Basic realm=\"r\""));
    assertThat(pull()).isEqualTo(blob);
    assertThat(pull()).isEqualTo(blob);
    assertThat(registry.seen.getLast().header("Authorization")).isEqualTo("Basic bWU6YTpi");
    assertThat(settings.asked).containsExactly(registry.repository("a/b"));
  }

  @Test
  void saysWhenThePasswordIsWrongAndDoesNotShowIt() {
    settings.credentials = new Credentials.Password("me", "s3cret");
    registry.always("GET", ".*", FakeRegistry.status(401, "WWW-Authenticate", "Basic realm=\"r\""));
    assertThatThrownBy(this::pull)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("401 unauthorized")
        .message()
        .doesNotContain("s3cret");
    assertThat(settings.waits).isEmpty();
  }

  @Test
  void fetchesTokensAndKeepsThemUntilTheyExpire() throws IOException {
    settings.credentials = new Credentials.Password("me", "s3cret");
    Tokens tokens = new Tokens();
    registry.add(blob);
    assertThat(pull()).isEqualTo(blob);
    assertThat(pull()).isEqualTo(blob);
    assertThat(tokens.requests)
        .containsExactly("account=me&service=s&scope=repository%3Aa%2Fb%3Apull Basic bWU6czNjcmV0");
    settings.now = settings.now.plusSeconds(3600);
    assertThat(pull()).isEqualTo(blob);
    assertThat(tokens.requests).hasSize(2);
  }

  @Test
  void fetchesAnotherTokenWhereOneIsNoLongerTaken() throws IOException {
    Tokens tokens = new Tokens();
    registry.add(blob);
    registry.next(
        1,
        "GET",
        BLOBS,
        exchange -> {
          if (exchange.getRequestHeaders().containsKey("Authorization")) {
            return FakeRegistry.cut(blob, 100).answer(exchange);
          }
          return false;
        });
    assertThat(pull()).isEqualTo(blob);
    tokens.valid = "other";
    assertThat(pull()).isEqualTo(blob);
    assertThat(tokens.requests).hasSize(2);
  }

  @Test
  void exchangesIdentityTokens() throws IOException {
    settings.credentials = new Credentials.IdentityToken("id/tok");
    Tokens tokens = new Tokens();
    registry.add(blob);
    assertThat(pull()).isEqualTo(blob);
    assertThat(tokens.requests)
        .containsExactly(
            "grant_type=refresh_token&service=s&client_id=slipway"
                + "&scope=repository%3Aa%2Fb%3Apull&refresh_token=id%2Ftok");
  }

  @Test
  void saysWhenThereIsNoToken() {
    Tokens tokens = new Tokens();
    tokens.valid = "";
    assertThatThrownBy(this::pull)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("/token: 403 forbidden: no (DENIED)");
    assertThat(tokens.requests).hasSize(1);
  }

  @Test
  void secretsAreNotInTheTextOfValues() {
    assertThat(
            List.of(
                new Credentials.Password("me", "s3cret"),
                new Credentials.IdentityToken("s3cret"),
                new Credentials.RegistryToken("s3cret")))
        .noneMatch(each -> each.toString().contains("s3cret"));
  }

  /** A server of tokens, beside the registry. */
  private final class Tokens {
    final List<String> requests = new CopyOnWriteArrayList<>();
    volatile String valid = "first";

    Tokens() {
      String challenge =
          "Bearer realm=\"https://%s/token\",service=\"s\",scope=\"repository:a/b:pull\""
              .formatted(registry.domain());
      registry.always(
          "GET",
          "/token",
          exchange -> {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(
                exchange.getRequestURI().getRawQuery() + (shown == null ? "" : " " + shown));
            return answer().answer(exchange);
          });
      registry.always(
          "POST",
          "/token",
          exchange -> {
            requests.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            return answer().answer(exchange);
          });
      registry.always(
          "GET",
          BLOBS,
          exchange -> {
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            return !("Bearer " + valid).equals(shown)
                && FakeRegistry.status(401, "WWW-Authenticate", challenge).answer(exchange);
          });
    }

    private FakeRegistry.Answer answer() {
      return valid.isEmpty()
          ? FakeRegistry.text(403, "{'errors':[{'code':'DENIED','message':'no'}]}")
          : FakeRegistry.text(200, "{'access_token':'" + valid + "','expires_in':300}");
    }
  }
}
