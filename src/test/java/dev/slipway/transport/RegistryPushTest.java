package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.slipway.http.HttpSettings;
import dev.slipway.http.ProxySettings;
import dev.slipway.http.RetryPolicy;
import dev.slipway.layer.Blob;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.Measurement;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.Platform;
import dev.slipway.oci.RepositoryName;
import dev.slipway.registry.Credentials;
import dev.slipway.registry.FakeRegistry;
import dev.slipway.registry.RegistryClient;
import dev.slipway.registry.RegistrySettings;
import dev.slipway.registry.TestImage;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RegistryPushTest {
  private static final byte[] ONE = TestImage.tar("one", 10_000);
  private static final byte[] TWO = TestImage.tar("two", 10_000);
  private static final byte[] THREE = TestImage.tar("three", 10_000);
  private static final MediaType FOREIGN =
      new MediaType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");

  @TempDir private Path folder;
  private final Map<Digest, Measurement> measured = new ConcurrentHashMap<>();
  private FakeRegistry registry;
  private RegistryClient client;

  @BeforeEach
  void start() throws IOException {
    registry = new FakeRegistry();
    client =
        new RegistryClient(
            new RegistrySettings(
                new HttpSettings(
                    false,
                    Optional.empty(),
                    List.of(),
                    ProxySettings.NONE,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    RetryPolicy.DEFAULT,
                    _ -> {},
                    () -> Instant.EPOCH,
                    "slipway/test"),
                _ -> new Credentials.Anonymous()));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    registry.close();
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .as("what is left of compressed layers")
          .noneMatch(name -> name.endsWith(".blob"));
    }
  }

  private final class Cache implements DigestCache {
    @Override
    public Optional<Measurement> get(Digest key) {
      return Optional.ofNullable(measured.get(key));
    }

    @Override
    public void put(Digest key, Measurement measurement) {
      measured.put(key, measurement);
    }
  }

  private PackingSettings settings(Compression compression) {
    return new PackingSettings(
        Compressor.of(compression, 1), false, Optional.empty(), Map.of(), new Cache(), "1");
  }

  private RegistryPush push(PackingSettings settings) {
    return new RegistryPush(client, settings, folder, folder.resolve("known"));
  }

  private RegistryPush push() {
    return push(settings(Compression.GZIP));
  }

  /** Counts how often it is read. */
  private static final class CountedBlob implements Blob {
    private final BytesBlob bytes;
    private final AtomicInteger reads = new AtomicInteger();

    CountedBlob(byte[] bytes) {
      this.bytes = new BytesBlob(bytes);
    }

    @Override
    public Digest digest() {
      return bytes.digest();
    }

    @Override
    public long size() {
      return bytes.size();
    }

    @Override
    public void writeTo(WritableByteChannel out) throws IOException {
      reads.incrementAndGet();
      bytes.writeTo(out);
    }
  }

  private static ContainerImage image(String architecture, Blob... blobs) throws ImageException {
    List<ContainerLayer> layers = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    for (Blob blob : blobs) {
      layers.add(ContainerLayer.of(Layer.of(blob, 1)));
      diffIds.add("\"" + blob.digest() + "\"");
    }
    String config =
        "{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":%s}}"
            .formatted(architecture, diffIds);
    return ContainerImage.of("image:1", config.getBytes(UTF_8), layers);
  }

  private static ContainerImage image(Blob... blobs) throws ImageException {
    return image("amd64", blobs);
  }

  private ImageReference reference(String path) throws ImageException {
    return registry.reference(path);
  }

  private RegistryPush.Sent send(RegistryPush push, ContainerImage image, String path)
      throws IOException {
    return push.send(image, List.of(reference(path).repository()), _ -> {});
  }

  private Digest pushed(RegistryPush push, ContainerImage image, String path) throws IOException {
    return push.publish(send(push, image, path), reference(path));
  }

  private ImageManifest manifest(String path) throws IOException {
    return (ImageManifest) client.manifest(reference(path));
  }

  private void assertWhole(ImageManifest manifest) {
    assertThat(registry.blobs).containsKey(manifest.config().digest());
    for (Descriptor layer : manifest.layers()) {
      assertThat(registry.blob(layer.digest())).hasSize((int) layer.size());
    }
  }

  @Test
  void sendsLayersThenConfigThenManifest() throws IOException {
    Digest digest =
        pushed(push(), image(new BytesBlob(ONE), new BytesBlob(TWO), new BytesBlob(THREE)), "a:1");
    ImageManifest manifest = manifest("a:1");
    assertThat(manifest.digest()).isEqualTo(digest);
    assertWhole(manifest);
    List<String> puts =
        registry.seen.stream()
            .filter(request -> request.method().equals("PUT"))
            .map(request -> request.path() + request.query().replaceFirst(".*digest=", "@"))
            .toList();
    assertThat(puts).hasSize(5);
    assertThat(puts.get(3)).endsWith("@" + manifest.config().digest());
    assertThat(puts.get(4)).isEqualTo("/v2/a/manifests/1");
    assertThat(manifest.mediaType()).isEqualTo(MediaType.DOCKER_MANIFEST);
  }

  @Test
  void skipsWhatIsThereAndReadsNothingOfIt() throws IOException {
    CountedBlob one = new CountedBlob(ONE);
    Digest first = pushed(push(), image(one), "a:1");
    RegistryPush again = push();
    registry.seen.clear();
    assertThat(pushed(again, image(one), "a:2")).isEqualTo(first);
    assertThat(one.reads).hasValue(1);
    assertThat(registry.requests("PATCH")).isEmpty();
    assertThat(registry.requests("HEAD")).hasSize(2);
    assertThat(again.sentBytes(reference("a:2").repository())).isZero();
  }

  @Test
  void readsALayerAgainThatTheRegistryNoLongerHas() throws IOException {
    CountedBlob one = new CountedBlob(ONE);
    pushed(push(), image(one), "a:1");
    registry.blobs.clear();
    pushed(push(), image(one), "a:1");
    assertThat(one.reads).hasValue(2);
    assertWhole(manifest("a:1"));
  }

  @Test
  void mountsWhatAnotherRepositoryWasGiven() throws IOException {
    CountedBlob one = new CountedBlob(ONE);
    pushed(push(), image(one), "a:1");
    registry.seen.clear();
    apart("b");
    pushed(push(), image(one), "b:1");
    assertThat(one.reads).hasValue(1);
    assertThat(registry.requests("PATCH")).isEmpty();
    assertThat(registry.seen.stream().map(FakeRegistry.Seen::query))
        .filteredOn(query -> query.endsWith("&from=a"))
        .hasSize(2);
  }

  /** This repository has no blob until something was sent to it or mounted. */
  private void apart(String repository) {
    registry.always("HEAD", "/v2/" + repository + "/blobs/.*", FakeRegistry.status(404));
  }

  @Test
  void sendsWhatCannotBeMounted() throws IOException {
    pushed(push(), image(new BytesBlob(ONE)), "a:1");
    registry.mounts = false;
    registry.seen.clear();
    apart("b");
    pushed(push(), image(new BytesBlob(ONE)), "b:1");
    assertThat(registry.requests("DELETE")).as("uploads that nobody wants").hasSize(2);
    assertThat(registry.requests("PATCH")).hasSize(2);
  }

  @Test
  void sendsSeveralLayersAtOnce() throws IOException {
    CountDownLatch together = new CountDownLatch(3);
    registry.always(
        "PATCH",
        ".*",
        _ -> {
          together.countDown();
          try {
            assertThat(together.await(1, TimeUnit.MINUTES)).isTrue();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          return false;
        });
    pushed(push(), image(new BytesBlob(ONE), new BytesBlob(TWO), new BytesBlob(THREE)), "a:1");
    assertWhole(manifest("a:1"));
  }

  @Test
  void sendsALayerOnceThatIsThereTwice() throws IOException {
    CountedBlob one = new CountedBlob(ONE);
    pushed(push(), image(one, new BytesBlob(TWO), one), "a:1");
    ImageManifest manifest = manifest("a:1");
    assertThat(manifest.layers()).hasSize(3);
    assertThat(manifest.layers().getFirst()).isEqualTo(manifest.layers().getLast());
    assertThat(registry.requests("PATCH")).hasSize(3);
    assertThat(one.reads).hasValue(1);
  }

  @Test
  void sendsEmptyLayersAndImagesWithoutAny() throws IOException {
    pushed(push(), image(new BytesBlob(TestImage.emptyTar())), "a:1");
    assertWhole(manifest("a:1"));
    pushed(push(), image(), "a:2");
    assertThat(manifest("a:2").layers()).isEmpty();
    assertWhole(manifest("a:2"));
  }

  @Test
  void sendsToSeveralReferencesAndRepositories() throws IOException {
    ContainerImage image = image(new BytesBlob(ONE));
    RegistryPush push = push();
    try (FakeRegistry other = new FakeRegistry()) {
      ImageReference far = other.reference("x:1");
      List<Digest> digests = new ArrayList<>();
      for (ImageReference each : List.of(reference("a:1"), reference("a:2"), far)) {
        digests.add(push.publish(push.send(image, List.of(each.repository()), _ -> {}), each));
      }
      assertThat(digests).containsOnly(digests.getFirst());
      assertThat(registry.requests("PATCH")).as("one repository's are sent once").hasSize(2);
      assertThat(registry.manifests).containsOnlyKeys("1", "2");
      assertThat(other.requests("PATCH")).hasSize(2);
      assertThat(other.seen)
          .as("of another registry")
          .noneMatch(request -> request.query().contains("mount="));
    }
  }

  @Test
  void compressesALayerOnceForSeveralRegistriesAndSharesItWithinOne() throws IOException {
    CountedBlob one = new CountedBlob(ONE);
    try (FakeRegistry other = new FakeRegistry()) {
      List<RepositoryName> repositories =
          List.of(
              reference("a:1").repository(),
              reference("b:1").repository(),
              other.reference("x:1").repository());
      push().send(image(one), repositories, _ -> {});
      assertThat(one.reads).hasValue(1);
      assertThat(registry.requests("PATCH")).as("a layer and a config").hasSize(2);
      assertThat(other.requests("PATCH")).hasSize(2);
    }
  }

  @Test
  void severalPlatformsAreListedAfterAllThatTheListNames() throws IOException {
    RegistryPush push = push();
    List<RegistryPush.Sent> sent =
        List.of(
            send(push, image("amd64", new BytesBlob(ONE), new BytesBlob(TWO)), "a:1"),
            send(push, image("arm64", new BytesBlob(ONE), new BytesBlob(THREE)), "a:1"));
    assertThat(registry.manifests).as("before it is published").isEmpty();
    Digest digest = push.publish(sent, Optional.empty(), reference("a:1"));
    ImageIndex index = (ImageIndex) client.manifest(reference("a:1"));
    assertThat(index.digest()).isEqualTo(digest);
    assertThat(index.mediaType()).isEqualTo(MediaType.DOCKER_LIST);
    assertThat(index.manifests())
        .extracting(listed -> listed.platform().orElseThrow())
        .containsExactly(new Platform("linux", "amd64"), new Platform("linux", "arm64"));
    assertThat(registry.requests("PUT").getLast()).isEqualTo("/v2/a/manifests/1");
    assertThat(registry.requests("PATCH")).as("layers in common are sent once").hasSize(5);
    assertThatThrownBy(() ->
            push.publish(
                List.of(sent.getFirst(), sent.getFirst()), Optional.empty(), reference("a:2")))
        .hasMessage("two images are for linux/amd64, expected one");
    ContainerImage nowhere = ContainerImage.of("image:1", "{}".getBytes(UTF_8), List.of());
    RegistryPush.Sent odd = send(push, nowhere, "a:1");
    assertThatThrownBy(() -> push.publish(List.of(odd), Optional.empty(), reference("a:2")))
        .hasMessage("an image does not say what it runs on");
    assertThat(registry.manifests).doesNotContainKey("2");
  }

  // -- From layouts

  /** Pushes the image of a layout. */
  private ImageManifest pushedLayout(LayoutSketch layout, PackingSettings settings)
      throws IOException {
    ImageLocation location = ImageLocation.of(layout.write(folder.resolve("layout")));
    try (DockerArchive archive =
        DockerArchive.open(location, folder, ArchiveLimits.DEFAULT, DigestCache.NONE)) {
      pushed(push(settings), ContainerImage.of(archive.first()), "a:1");
    }
    return manifest("a:1");
  }

  @Test
  void blobsOfALayoutStayAsTheyAre() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    byte[] zstd = Zstd.compress(ONE);
    Manifest image = layout.image("amd64", ONE, layout.blob(MediaType.OCI_LAYER_ZSTD, zstd));
    ImageManifest manifest = pushedLayout(layout.listed("1", image), settings(Compression.GZIP));
    assertThat(manifest).isEqualTo(image);
    assertThat(registry.blob(manifest.layers().getFirst().digest())).isEqualTo(zstd);
  }

  @Test
  void layersOfALayoutAreCompressedAnewIfAskedTo() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    Manifest image = layout.image("amd64", ONE);
    PackingSettings settings =
        new PackingSettings(
            Compressor.of(Compression.ZSTD, 1),
            true,
            Optional.empty(),
            Map.of(),
            DigestCache.NONE,
            "1");
    ImageManifest manifest = pushedLayout(layout.listed("1", image), settings);
    assertThat(manifest).isNotEqualTo(image);
    assertThat(manifest.layers().getFirst().mediaType()).isEqualTo(MediaType.OCI_LAYER_ZSTD);
    assertWhole(manifest);
  }

  @Test
  void layersThatMustNotBeHandedOnStayWhereTheyAre() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    Descriptor blob = layout.blob(FOREIGN, LayoutSketch.gzip(ONE));
    Descriptor elsewhere =
        new Descriptor(
            FOREIGN,
            blob.digest(),
            blob.size(),
            Optional.empty(),
            List.of("https://elsewhere.invalid/layer"),
            Map.of());
    Manifest image = layout.image("amd64", ONE, elsewhere);
    ImageManifest manifest = pushedLayout(layout.listed("1", image), settings(Compression.GZIP));
    assertThat(manifest).isEqualTo(image);
    assertThat(registry.blobs).doesNotContainKey(blob.digest());
  }

  @Test
  void layersThatAreNowhereElseAreHandedOn() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    Manifest image = layout.image("amd64", ONE, layout.blob(FOREIGN, LayoutSketch.gzip(ONE)));
    ImageManifest manifest = pushedLayout(layout.listed("1", image), settings(Compression.GZIP));
    assertThat(manifest).isEqualTo(image);
    assertWhole(manifest);
  }

  @Test
  void aListOfALayoutIsKeptWithWhatIsNoImage() throws IOException {
    LayoutSketch layout = new LayoutSketch();
    Manifest amd64 = layout.image("amd64", ONE);
    byte[] statement = "{\"_type\":\"a statement\"}".getBytes(UTF_8);
    Manifest attestation =
        ImageManifest.of(
            MediaType.OCI_MANIFEST,
            layout.blob(MediaType.OCI_CONFIG, LayoutSketch.config("unknown", statement)),
            List.of(layout.blob(new MediaType("application/vnd.in-toto+json"), statement)),
            Map.of());
    layout.blob(attestation.mediaType(), attestation.bytes());
    Descriptor attached =
        attestation
            .descriptor()
            .on(new Platform("unknown", "unknown"))
            .annotated(Map.of("vnd.docker.reference.type", "attestation-manifest"));
    Manifest inner = layout.index(Map.of("arm64", layout.image("arm64", TWO)));
    Manifest list =
        ImageIndex.of(
            MediaType.OCI_INDEX,
            List.of(
                amd64.descriptor().on(new Platform("linux", "amd64")),
                attached,
                inner.descriptor()),
            Map.of());
    layout.blob(list.mediaType(), list.bytes());
    Path written = layout.listed("1", list).write(folder.resolve("layout"));

    RegistryPush push = push();
    List<RegistryPush.Sent> sent = new ArrayList<>();
    Optional<ListedManifests> original;
    try (DockerArchive archive =
        DockerArchive.open(
            ImageLocation.of(written), folder, ArchiveLimits.DEFAULT, DigestCache.NONE)) {
      for (ArchivedImage image : archive.images()) {
        sent.add(send(push, ContainerImage.of(image), "a:1"));
      }
      original = archive.list();
      push.sendBeside(sent, original.orElseThrow(), reference("a:1").repository());
    }
    assertThat(registry.manifests).as("before it is published").isEmpty();
    assertThat(push.publish(sent, original, reference("a:1"))).isEqualTo(list.digest());
    assertThat(registry.blob(Digest.of(statement))).isEqualTo(statement);
    assertThat(registry.manifests)
        .containsKeys("1", attestation.digest().toString(), inner.digest().toString());
    assertThat(registry.requests("PUT").getLast()).isEqualTo("/v2/a/manifests/1");

    // Of some of its images it is no list.
    Digest less = push.publish(sent.subList(0, 1), original, reference("a:2"));
    assertThat(less).isNotEqualTo(list.digest());

    // What is damaged is not handed on.
    Files.write(
        written.resolve("blobs/sha256/" + Digest.of(statement).hex()), new byte[statement.length]);
    try (DockerArchive archive =
        DockerArchive.open(
            ImageLocation.of(written), folder, ArchiveLimits.DEFAULT, DigestCache.NONE)) {
      assertThatThrownBy(archive::list)
          .isInstanceOf(DigestMismatchException.class)
          .hasMessageContaining(Digest.of(statement).hex());
    }
  }

  @Test
  void whatIsDamagedOfWhatIsRememberedCostsNoMore() throws IOException {
    Files.write(folder.resolve("known"), new byte[] {(byte) 0xff, (byte) 0xc0, 'x'});
    pushed(push(), image(new BytesBlob(ONE)), "a:1");
    apart("b");
    pushed(push(), image(new BytesBlob(ONE)), "b:1");
    assertThat(registry.seen).anyMatch(request -> request.query().contains("mount="));
  }

  // -- Faults

  @Test
  void putsNoManifestWhereALayerCannotBeSent() throws IOException {
    registry.always("PUT", ".*/blobs/uploads/.+", FakeRegistry.status(403));
    assertThatThrownBy(() -> pushed(push(), image(new BytesBlob(ONE), new BytesBlob(TWO)), "a:1"))
        .hasMessageContaining("403 forbidden");
    assertThat(registry.manifests).isEmpty();
    assertThat(measured).as("what is remembered of layers that are not there").isEmpty();
  }

  @Test
  void saysWhatIsWrongWithALayerThatCannotBeRead() throws IOException {
    Blob broken =
        new Blob() {
          @Override
          public Digest digest() {
            return Digest.of(ONE);
          }

          @Override
          public long size() {
            return ONE.length;
          }

          @Override
          public void writeTo(WritableByteChannel out) throws IOException {
            throw new ImageException("the file has changed");
          }
        };
    ContainerImage image = image(broken, new BytesBlob(TWO));
    assertThatThrownBy(() -> pushed(push(), image, "a:1")).hasMessage("the file has changed");
    assertThat(registry.manifests).isEmpty();
  }
}
