package dev.slipway.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Layer;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class DockerDaemonTest {
  private static final String ENGINE = "{\"Components\":[{\"Name\":\"Engine\"}]}";
  private static final String PODMAN = "{\"Components\":[{\"Name\":\"Podman Engine\"}]}";
  private static final String LOADED = "{\"stream\":\"Loaded image: some:tag\\n\"}\r\n";
  private static final byte[] CONFIG = "{}".getBytes(UTF_8);
  private static final String ID = Digest.of(CONFIG).toString();
  private static final Layer LOW = BytesBlob.layer("low".getBytes(UTF_8));
  private static final Layer UP = BytesBlob.layer("upper".getBytes(UTF_8));

  private static final Layer LARGE = BytesBlob.layer(new byte[32 << 20]);

  @TempDir private Path folder;
  private FakeDaemon fake;
  private DockerDaemon daemon;
  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    Path socket = folder.resolve("sock");
    fake = FakeDaemon.at(socket);
    daemon = DockerDaemon.at(new DaemonAddress.Socket(socket));
    fake.answer("GET /version", 200, ENGINE)
        .answer("GET /info", 200, "{\"DriverStatus\":[[\"Backing Filesystem\",\"extfs\"]]}")
        .answer("GET /images/json", 200, "[]")
        .answer("POST /images/load?quiet=1", 200, LOADED);
  }

  @AfterEach
  void stop() throws IOException {
    daemon.close();
    fake.close();
  }

  private LoadedImage load(Layer... layers) throws IOException {
    return daemon.load(List.of("some:tag"), CONFIG, List.of(layers), _ -> {}, said::add);
  }

  private void has(String id, Layer... layers) {
    StringBuilder digests = new StringBuilder();
    for (Layer layer : layers) {
      digests.append(digests.isEmpty() ? "" : ",").append('"').append(layer.diffId()).append('"');
    }
    fake.answer("GET /images/json", 200, "[{\"Id\":\"" + id + "\"}]")
        .answer("GET /images/" + id + "/json", 200, "{\"RootFS\":{\"Layers\":[" + digests + "]}}");
  }

  private static String member(Layer layer) {
    return layer.diffId().value().hex() + "/layer.tar";
  }

  @Test
  void sendsEverythingToADaemonThatHasNothing() throws Exception {
    List<Long> sent = new ArrayList<>();

    LoadedImage loaded =
        daemon.load(List.of("some:tag"), CONFIG, List.of(LOW, UP, LOW), sent::add, said::add);

    assertThat(loaded).isEqualTo(new LoadedImage(0, 8, 11));
    assertThat(sent).containsExactlyInAnyOrder(3L, 5L);
    assertThat(said).containsExactly("Loaded image: some:tag");
    Map<String, byte[]> files = fake.loaded().getFirst();
    String config = Digest.of(CONFIG).hex() + ".json";
    assertThat(files).containsOnlyKeys(member(LOW), member(UP), config, "manifest.json");
    assertThat(files.get(member(UP))).asString().isEqualTo("upper");
    assertThat(files.get("manifest.json"))
        .asString()
        .isEqualTo(
            "[{\"Config\":\"%s\",\"RepoTags\":[\"some:tag\"],\"Layers\":[\"%s\",\"%s\",\"%s\"]}]"
                .formatted(config, member(LOW), member(UP), member(LOW)));
  }

  @Test
  void leavesOutTheLowestLayersThatTheDaemonHas() throws Exception {
    has("other", LOW, LOW);
    fake.answer("GET /images/" + ID + "/json", 200, "{}");

    assertThat(load(LOW, UP)).isEqualTo(new LoadedImage(1, 5, 8));
    assertThat(fake.loaded()).hasSize(1);
    assertThat(fake.loaded().getFirst()).containsKey(member(UP)).doesNotContainKey(member(LOW));
    assertThat(said).containsExactly("Loaded image: some:tag");
  }

  @Test
  void sendsALayerThatLiesAboveAnotherOneThere() throws Exception {
    has("other", LOW, UP);

    assertThat(load(UP, LOW).present()).isZero();
    assertThat(fake.loaded().getFirst()).containsKeys(member(LOW), member(UP));
  }

  @Test
  void sendsEverythingIfTheOtherImageIsRemovedMeanwhile() throws Exception {
    has("other", LOW);
    fake.answer(
        "POST /images/load?quiet=1",
        200,
        "{\"errorDetail\":{\"message\":\"no such file\"},\"error\":\"no such file\"}\n",
        LOADED);

    assertThat(load(LOW, UP)).isEqualTo(new LoadedImage(0, 8, 8));
    assertThat(fake.loaded()).hasSize(2);
    assertThat(said).containsExactly("Loaded image: some:tag");
  }

  @Test
  void sendsEverythingIfTheImageIsNotThereAfterwards() throws Exception {
    has("other", LOW);

    assertThat(load(LOW, UP).present()).isZero();
    assertThat(fake.loaded()).hasSize(2);
  }

  @Test
  void sendsEverythingToThoseThatWantWholeImages() throws Exception {
    has("other", LOW);
    fake.answer("GET /version", 200, PODMAN);
    assertThat(load(LOW, UP).present()).isZero();
    fake.answer("GET /version", 200, ENGINE)
        .answer(
            "GET /info",
            200,
            "{\"DriverStatus\":[[\"driver-type\",\"io.containerd.snapshotter.v1\"]]}");
    assertThat(load(LOW, UP).present()).isZero();
    assertThat(fake.asked()).doesNotContain("GET /images/json");
  }

  @Test
  void passesOnWhatTheDaemonHasAgainstIt() {
    fake.answer("POST /images/load?quiet=1", 200, LOADED + "{\"error\":\"disk full\"}\n");
    assertThatThrownBy(() -> load(UP))
        .isInstanceOf(DaemonException.class)
        .hasMessage("the Docker daemon at unix://" + folder.resolve("sock") + ": disk full");

    fake.answer("POST /images/load?quiet=1", 500, "{\"message\":\"invalid\\narchive\"}");
    assertThatThrownBy(() -> load(UP))
        .isInstanceOf(DaemonException.class)
        .hasMessageEndingWith(": invalid\\x0aarchive");

    fake.answer("GET /version", 403, "<html>");
    assertThatThrownBy(() -> load(UP))
        .isInstanceOf(DaemonException.class)
        .hasMessageEndingWith(": status 403: <html>");

    fake.answer("GET /version", 200, "[]");
    assertThatThrownBy(() -> load(UP))
        .isInstanceOf(ImageException.class)
        .hasMessageEndingWith("/version: expected an object, found a list");
  }

  @RepeatedTest(20)
  @Timeout(60)
  void doesNotWaitForADaemonThatHasGone() {
    fake.hangUp(100_000, "");
    assertThatThrownBy(() -> load(LARGE))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("the Docker daemon at unix://" + folder.resolve("sock") + ": ");
  }

  /** What it said may be lost with the connection; that it refused is not. */
  @RepeatedTest(20)
  @Timeout(60)
  void doesNotWaitForADaemonThatHasRefused() {
    fake.hangUp(
        100_000,
        "HTTP/1.1 500 X\r\nContent-Length: 23\r\nConnection: close\r\n\r\n"
            + "{\"message\":\"disk full\"}");
    assertThatThrownBy(() -> load(LARGE)).isInstanceOf(IOException.class);
  }

  @Test
  void saysThatNobodyListens() throws Exception {
    try (DockerDaemon nobody =
        DockerDaemon.at(new DaemonAddress.Socket(folder.resolve("nothing")))) {
      assertThatThrownBy(() -> nobody.load(List.of(), CONFIG, List.of(UP), _ -> {}, said::add))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "the Docker daemon at unix://%s: No such file or directory; is it running?"
                  .formatted(folder.resolve("nothing")));
    }
  }

  /** A layer that cannot be read is the culprit then, and not the daemon. */
  @Test
  void throwsWhatALayerThrows() {
    Blob broken =
        new Blob() {
          @Override
          public Digest digest() {
            return Digest.of(CONFIG);
          }

          @Override
          public long size() {
            return 3;
          }

          @Override
          public void writeTo(WritableByteChannel out) throws IOException {
            throw new ImageException("x.tar: changed while it was read");
          }
        };

    assertThatThrownBy(() -> load(new Layer(new DiffId(broken.digest()), broken, 1)))
        .isInstanceOf(ImageException.class)
        .hasMessage("x.tar: changed while it was read");
  }
}
