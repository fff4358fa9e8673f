package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayerMeasurerTest {
  private static final Digest KEY = Digest.of(new byte[0]);
  private static final long NOTHING = 0;
  private static final long PLENTY = 64 << 20;
  private static final int SMALL = 1000;
  private static final int LARGE = 300_000;

  @TempDir Path dir;

  /** A cache in memory. */
  private static final class MapCache implements DigestCache {
    private final Map<Digest, Measurement> map = new HashMap<>();

    @Override
    public synchronized Optional<Measurement> get(Digest key) {
      return Optional.ofNullable(map.get(key));
    }

    @Override
    public synchronized void put(Digest key, Measurement measurement) {
      map.put(key, measurement);
    }
  }

  /** What may happen to a file between measuring and writing. */
  enum Mishap {
    TRUNCATED("was truncated"),
    GREW("grew"),
    TOUCHED("changed"),
    VANISHED("vanished");

    private final String message;

    Mishap(String message) {
      this.message = message;
    }

    void happenTo(Path file) throws IOException {
      switch (this) {
        case TRUNCATED -> Files.write(file, new byte[] {1});
        case GREW -> Files.write(file, new byte[LARGE], StandardOpenOption.APPEND);
        case TOUCHED -> Files.setLastModifiedTime(file, FileTime.fromMillis(5));
        case VANISHED -> Files.delete(file);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void howMuchIsRememberedChangesNothing(long seed) throws Exception {
    RandomGenerator random = new SplittableRandom(seed);
    fill(dir.resolve("p"), random, 3);
    Layer expected = Layers.measure(store("p"));
    byte[] tar = Layers.write(expected);
    assertThat(Digest.of(tar)).isEqualTo(expected.diffId().value());
    for (long bound : new long[] {0, 66_000, 140_000, 300_000, 20_000_000}) {
      for (long tables : new long[] {0, 200, PLENTY}) {
        try (LayerMeasurer measurer =
            new LayerMeasurer(2, DigestCache.NONE, _ -> {}, bound, tables)) {
          Layer layer = measureOne(measurer, store("p"));

          assertThat(layer.diffId()).isEqualTo(expected.diffId());
          assertThat(Layers.write(layer)).as("seed %d, %d, %d", seed, bound, tables).isEqualTo(tar);
          assertThat(writeToFile(layer)).isEqualTo(tar);
          assertThat(layer.entries()).isEqualTo(expected.entries());
        }
      }
    }
  }

  @Test
  void layersComeInTheOrderAskedForWhateverTheirSizes() throws Exception {
    List<LayerMeasurer.Request> requests = new ArrayList<>();
    List<Layer> expected = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Files.write(Files.createDirectory(dir.resolve("p" + i)).resolve("f"), new byte[i * 20_000]);
      requests.add(new LayerMeasurer.Request(store("p" + i), null, i * 20_000L));
      expected.add(Layers.measure(store("p" + i)));
    }
    AtomicLong progress = new AtomicLong();
    try (LayerMeasurer measurer = new LayerMeasurer(3, DigestCache.NONE, progress::addAndGet)) {
      List<PendingLayer> layers = measurer.measure(requests);

      long total = 0;
      for (int i = 0; i < 20; i++) {
        Layer layer = layers.get(i).await();
        assertThat(layer.diffId()).isEqualTo(expected.get(i).diffId());
        total += layer.tar().size();
      }
      assertThat(progress).hasValue(total);
    }
  }

  @ParameterizedTest
  @EnumSource(Mishap.class)
  void aLargeFileThatIsNoLongerTheSameIsNamed(Mishap mishap) throws Exception {
    assertNamed(mishap, LARGE);
  }

  @ParameterizedTest
  @EnumSource(Mishap.class)
  void aSmallFileThatIsNoLongerTheSameIsNamed(Mishap mishap) throws Exception {
    assertNamed(mishap, SMALL);
  }

  private void assertNamed(Mishap mishap, int size) throws Exception {
    Path file = Files.write(Files.createDirectory(dir.resolve("p")).resolve("f"), new byte[size]);
    try (LayerMeasurer measurer =
        new LayerMeasurer(2, DigestCache.NONE, _ -> {}, NOTHING, PLENTY)) {
      Layer layer = measureOne(measurer, store("p"));
      mishap.happenTo(file);

      assertThatThrownBy(() -> Layers.write(layer))
          .isInstanceOfSatisfying(
              FileChangedException.class, e -> assertThat(e.file()).isEqualTo(file))
          .hasMessage(file + " " + mishap.message + " while the layer was made");
      assertThatThrownBy(() -> writeToFile(layer)).isInstanceOf(FileChangedException.class);
    }
  }

  @Test
  void aFailureEndsAllThatWasAskedForTogether() throws Exception {
    Files.createDirectory(dir.resolve("p"));
    CountDownLatch never = new CountDownLatch(1);
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> never.countDown())) {
      List<PendingLayer> layers =
          measurer.measure(
              List.of(
                  new LayerMeasurer.Request(store("missing"), null),
                  new LayerMeasurer.Request(store("p"), null)));

      for (PendingLayer layer : layers) {
        assertThatThrownBy(layer::await)
            .isInstanceOf(ImageException.class)
            .hasMessage(dir.resolve("missing") + " does not exist");
      }
    }
    assertThat(never.getCount()).isEqualTo(1);
  }

  @Test
  void closingStopsTheWorkAndEndsTheThreads() throws Exception {
    Files.write(Files.createDirectory(dir.resolve("p")).resolve("f"), new byte[LARGE]);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    LayerMeasurer measurer =
        new LayerMeasurer(
            1,
            DigestCache.NONE,
            _ -> {
              begun.countDown();
              try {
                closing.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    List<PendingLayer> layers =
        measurer.measure(
            List.of(
                new LayerMeasurer.Request(store("p"), null),
                new LayerMeasurer.Request(store("p"), null)));
    begun.await();

    measurer.close();

    for (PendingLayer layer : layers) {
      assertThat(layer.isDone()).isTrue();
      assertThatThrownBy(layer::await).isInstanceOf(IOException.class);
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("slipway-layer-") && thread.isAlive());
  }

  @Test
  void whoIsInterruptedWhileWaitingIsTold() throws Exception {
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> new PendingLayer().await()).isInstanceOf(InterruptedIOException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aKnownLayerIsWrittenWithoutBeingMeasured() throws Exception {
    storeObject("p");
    MapCache cache = new MapCache();
    LayerMeasurer.Request request = new LayerMeasurer.Request(store("p"), KEY);
    byte[] tar;
    try (LayerMeasurer measurer = new LayerMeasurer(1, cache, _ -> {})) {
      tar = Layers.write(measurer.measure(List.of(request)).getFirst().await());
    }
    AtomicLong measured = new AtomicLong();
    try (LayerMeasurer measurer = new LayerMeasurer(1, cache, measured::addAndGet)) {
      Layer known = measurer.measure(List.of(request)).getFirst().await();

      assertThat(known.diffId().value()).isEqualTo(Digest.of(tar));
      assertThat(Layers.write(known)).isEqualTo(tar);
    }
    assertThat(measured).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f", "d"})
  void aKnownLayerIsMeasuredAgainWhereAModeIsAnother(String changed) throws Exception {
    Path object = storeObject("p");
    MapCache cache = new MapCache();
    LayerMeasurer.Request request = new LayerMeasurer.Request(store("p"), KEY);
    Layer before;
    try (LayerMeasurer measurer = new LayerMeasurer(1, cache, _ -> {})) {
      before = measurer.measure(List.of(request)).getFirst().await();
    }
    Files.setPosixFilePermissions(
        object.resolve(changed), PosixFilePermissions.fromString("rwxr-xr-x"));
    try (LayerMeasurer measurer = new LayerMeasurer(1, cache, _ -> {})) {
      Layer after = measurer.measure(List.of(request)).getFirst().await();

      assertThat(after.diffId()).isNotEqualTo(before.diffId());
      assertThat(Digest.of(Layers.write(after))).isEqualTo(after.diffId().value());
    }
    assertThat(cache.get(KEY).orElseThrow().digest()).isEqualTo(before.diffId().value());
  }

  @ParameterizedTest
  @ValueSource(longs = {10240, 1 << 20})
  void aKnownLayerIsMeasuredAgainWhereItsSizeIsAnother(long size) throws Exception {
    storeObject("p");
    MapCache cache = new MapCache();
    cache.put(KEY, new Measurement(KEY, size, 6));
    try (LayerMeasurer measurer = new LayerMeasurer(1, cache, _ -> {})) {
      LayerMeasurer.Request request = new LayerMeasurer.Request(store("p"), KEY);
      Layer layer = measurer.measure(List.of(request)).getFirst().await();

      assertThat(Digest.of(Layers.write(layer))).isEqualTo(layer.diffId().value());
      assertThat(cache.get(KEY).orElseThrow().digest()).isEqualTo(layer.diffId().value());
    }
  }

  /** An object with the modes that Nix leaves. */
  private Path storeObject(String name) throws IOException {
    Path object = Files.createDirectory(dir.resolve(name));
    Files.createSymbolicLink(object.resolve("l"), Path.of("f"));
    for (Path file :
        List.of(object.resolve("f"), Files.createDirectory(object.resolve("d")).resolve("x"))) {
      Files.write(file, new byte[LARGE]);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    }
    for (Path directory : List.of(object.resolve("d"), object)) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-xr-xr-x"));
    }
    return object;
  }

  @Test
  void theTeeSeesEveryByte() throws Exception {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    TreeMap<RawName, TreeNode> children = new TreeMap<>();
    children.put(
        RawName.of("large"), new TreeNode.Regular(0644, 0, 0, Content.of(new byte[LARGE])));
    children.put(RawName.of("n".repeat(600_000)), new TreeNode.Fifo(0600, 5, 6));
    children.put(RawName.of("null"), new TreeNode.Device(false, 0666, 0, 0, 1, 3));
    Path file = Files.write(dir.resolve("file"), new byte[SMALL]);
    children.put(RawName.of("small"), new TreeNode.Regular(0644, 0, 0, Content.of(file)));
    TreeNode.Directory root = new TreeNode.Directory(0755, 0, 0, children);
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      Layer layer = measurer.measure(new TreeLayer(root, 7), Channels.newChannel(seen));

      assertThat(Digest.of(seen.toByteArray())).isEqualTo(layer.diffId().value());
      assertThat(Layers.write(layer)).isEqualTo(seen.toByteArray());
      assertThat(layer.entries()).isEqualTo(5);
    }
  }

  /** They differ in what owners are called that stand in the members of long names. */
  @ParameterizedTest
  @ValueSource(longs = {NOTHING, PLENTY})
  void eachPartOfALayerIsWrittenInItsOwnDialectAgain(long bound) throws Exception {
    RawName longName = RawName.of("n".repeat(150));
    TreeNode.Directory tree =
        new TreeNode.Directory(
            0755, 0, 0, new TreeMap<>(Map.of(longName, new TreeNode.Fifo(0644, 0, 0))));
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {}, bound, NOTHING)) {
      Layer layer =
          measurer.measure(
              new TreeLayer(tree, TarDialect.GNU_NO_GROUPS, 0),
              Channels.newChannel(OutputStream.nullOutputStream()),
              () -> new TreeLayer(tree, TarDialect.GNU, 0));

      assertThat(Digest.of(Layers.write(layer))).isEqualTo(layer.diffId().value());
    }
  }

  @Test
  void aSocketIsRefusedInAStorePath() throws Exception {
    Path socket = dir.resolve("p");
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));

      assertThatThrownBy(() -> Layers.measure(store("p")))
          .isInstanceOf(ImageException.class)
          .hasMessage(socket + " is a socket, which no layer can hold");
      List<String> warnings = new ArrayList<>();
      Layer folder =
          Layers.measure(new TreeLayer(new FolderTree(0, 0, warnings::add).read(dir), 1));
      assertThat(folder.entries()).isEqualTo(1);
      assertThat(warnings).containsExactly(socket + " is a socket and was skipped");
    }
  }

  private StoreLayer store(String name) {
    return new StoreLayer(
        "/nix/store",
        List.of(new StoreLayer.Root("/nix/store/" + name, dir.resolve(name))),
        StoreLayer.Owner.ROOT,
        1);
  }

  private static Layer measureOne(LayerMeasurer measurer, LayerRecipe recipe) throws IOException {
    return measurer.measure(List.of(new LayerMeasurer.Request(recipe, null))).getFirst().await();
  }

  private byte[] writeToFile(Layer layer) throws IOException {
    Path out = dir.resolve("out");
    try (FileChannel channel =
        FileChannel.open(
            out,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      layer.tar().writeTo(channel);
    }
    return Files.readAllBytes(out);
  }

  private static void fill(Path directory, RandomGenerator random, int depth) throws IOException {
    Files.createDirectory(directory);
    int count = random.nextInt(2, 12);
    for (int i = 0; i < count; i++) {
      Path path = directory.resolve("n".repeat(random.nextInt(1, 60)) + i);
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          if (depth > 0) {
            fill(path, random, depth - 1);
          }
        }
        case 2 -> Files.createSymbolicLink(path, Path.of("t".repeat(random.nextInt(1, 150))));
        case 3 -> Files.write(path, new byte[random.nextInt(400_000)]);
        case 4 -> Files.write(path, new byte[512 * random.nextInt(5)]);
        default -> Files.write(path, new byte[random.nextInt(3000)]);
      }
    }
  }
}
