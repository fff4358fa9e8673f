package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.os.FileTree;
import dev.slipway.layer.Layer;
import dev.slipway.layer.OverlayLayer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads with a folder of layers each are to each other what processes are. */
final class UnpackedLayersTest {
  private static final long MUCH = 1L << 30;

  @TempDir private Path folder;
  private final AtomicInteger unpacked = new AtomicInteger();

  private static Layer layer(String text) throws Exception {
    return SandboxContract.layer(SandboxContract.dir("file", SandboxContract.file(text)));
  }

  private UnpackedLayers layers(long bytes) throws IOException {
    return new UnpackedLayers(folder, bytes, FileTree::delete);
  }

  private OverlayLayer.Lower unpack(Layer layer, Path tree) throws IOException {
    unpacked.incrementAndGet();
    Files.writeString(tree.resolve("name"), layer.diffId().toString());
    return new OverlayLayer.Lower(false, List.of());
  }

  private void use(Layer layer, long bytes) throws Exception {
    try (UnpackedLayers layers = layers(bytes)) {
      Path tree = layers.get(layer, this::unpack).tree();
      assertThat(tree.resolve("name")).hasContent(layer.diffId().toString());
    }
  }

  private Path place(Layer layer) {
    return folder.resolve(layer.diffId().value().hex());
  }

  /** The layers, and parts of them, that take room. */
  private List<Path> places() throws IOException {
    List<Path> places = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
      entries.forEach(places::add);
    }
    return places;
  }

  @Test
  void aLayerIsUnpackedOnceForAll() throws Exception {
    Layer layer = layer("text");
    try (ExecutorService threads = Executors.newFixedThreadPool(5)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        runs.add(
            threads.submit(() -> {
              use(layer, MUCH);
              return null;
            }));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    }
    assertThat(unpacked).hasValue(1);
  }

  @Test
  void thoseOfLongAgoAreRemovedFirst() throws Exception {
    Layer first = layer("1");
    Layer second = layer("2");
    Layer third = layer("3");
    use(first, MUCH);
    use(second, MUCH);
    Files.setLastModifiedTime(place(first).resolve("used"), FileTime.fromMillis(2_000));
    Files.setLastModifiedTime(place(second).resolve("used"), FileTime.fromMillis(1_000));
    use(third, 2 * third.tar().size());
    assertThat(places()).containsExactlyInAnyOrder(place(first), place(third));
  }

  @Test
  void whatIsInUseStays() throws Exception {
    Layer first = layer("1");
    Layer second = layer("2");
    Layer third = layer("3");
    try (UnpackedLayers user = layers(MUCH)) {
      user.get(first, this::unpack);
      try (UnpackedLayers other = layers(1)) {
        other.get(second, this::unpack);
        other.get(third, this::unpack);
        assertThat(places()).hasSize(3);
      }
    }
    use(layer("4"), 1);
    assertThat(places()).containsExactly(place(layer("4")));
  }

  @Test
  void whatAKilledRunHasLeftIsRemoved() throws Exception {
    Layer damaged = layer("1");
    Layer old = layer("2");
    use(damaged, MUCH);
    use(old, MUCH);
    Files.delete(place(damaged).resolve("size"));
    Files.writeString(place(old).resolve("boot"), "another time");
    Path partial = folder.resolve("0".repeat(64) + ".partial");
    Files.createDirectories(partial.resolve("tree/of/files"));
    Path stranger = Files.createDirectory(folder.resolve("stranger"));
    use(layer("3"), MUCH);
    assertThat(places()).containsExactlyInAnyOrder(place(layer("3")), stranger);
  }

  @Test
  void whatIsBeingMadeStays() throws Exception {
    Layer other = layer("2");
    List<Path> seen = new ArrayList<>();
    try (UnpackedLayers layers = layers(1);
        UnpackedLayers others = layers(1)) {
      layers.get(
          layer("1"),
          (layer, tree) -> {
            others.get(other, this::unpack);
            seen.addAll(places());
            return unpack(layer, tree);
          });
    }
    assertThat(seen)
        .containsExactlyInAnyOrder(
            place(other), folder.resolve(place(layer("1")).getFileName() + ".partial"));
  }

  @Test
  void nothingIsLeftOfOneThatCannotBeUnpacked() throws Exception {
    try (UnpackedLayers layers = layers(MUCH)) {
      assertThatThrownBy(() ->
              layers.get(
                  layer("1"),
                  (_, tree) -> {
                    Files.writeString(tree.resolve("half"), "half");
                    throw new IOException("no");
                  }))
          .hasMessage("no");
    }
    assertThat(places()).isEmpty();
  }

  /** A file that cannot be removed is no reason to refuse a layer that was unpacked. */
  @Test
  void whatCannotBeRemovedDoesNotMatter() throws Exception {
    use(layer("1"), MUCH);
    Path stubborn = place(layer("1"));
    UnpackedLayers layers =
        new UnpackedLayers(
            folder,
            1,
            path -> {
              if (path.equals(stubborn)) {
                throw new IOException("no");
              }
              FileTree.delete(path);
            });
    try (layers) {
      assertThat(layers.get(layer("2"), this::unpack).tree()).exists();
    }
  }

  /** With no room at all, each removes what the others have just made. */
  @Test
  void layersStayForAsLongAsTheyAreUsed() throws Exception {
    List<Layer> all = List.of(layer("1"), layer("2"), layer("3"));
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Future<?>> runs = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        SplittableRandom random = new SplittableRandom(i);
        runs.add(
            threads.submit(() -> {
              for (int j = 0; j < 50; j++) {
                use(all.get(random.nextInt(all.size())), 1);
              }
              return null;
            }));
      }
      for (Future<?> run : runs) {
        run.get();
      }
    }
    assertThat(places()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void theMarkOfDevicesStaysTheSame() throws Exception {
    String mark = UnpackedLayers.deviceMark(folder.resolve("new"));
    assertThat(UnpackedLayers.deviceMark(folder.resolve("new"))).isEqualTo(mark);
    assertThat(UnpackedLayers.deviceMark(folder.resolve("other"))).isNotEqualTo(mark);
    Path file = folder.resolve("new/device-mark");
    Files.writeString(file, "");
    assertThat(UnpackedLayers.deviceMark(folder.resolve("new"))).isNotEmpty().isNotEqualTo(mark);
  }
}
