package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.http.HttpSketch;
import dev.slipway.layer.Arrival;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.Measurement;
import dev.slipway.layer.StoreLayer;
import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of objects that arrive from a binary cache are those of the same objects as files. */
class ArrivingLayersTest {
  private static final StoreLayer.Owner OWNER =
      new StoreLayer.Owner(1000, 1L << 22, RawName.of("user"), RawName.of("gr\u00fcppe"));
  private static final long MTIME = 1;

  @TempDir private Path folder;
  private CacheSketch cache;

  @BeforeEach
  void makeTheCache() throws IOException {
    cache = new CacheSketch(folder.resolve("cache"));
  }

  private Stores.ForBuild open(String objects) throws IOException {
    CacheSettings settings =
        new CacheSettings(
            HttpSketch.settings(InstantSource.system()),
            cache.trusted(),
            NarCache.NONE,
            folder.resolve(objects),
            false,
            2,
            _ -> {});
    return Stores.openForBuild(
        List.of(StoreLocation.parse("file://" + folder.resolve("cache"), folder)),
        StoreSettings.of(folder.resolve("data"), InstantSource.system()),
        Optional.of(settings));
  }

  /** A layer of these paths as they are wherever the store has them. */
  private static StoreLayer layer(Store store, List<StorePath> paths) throws IOException {
    assertThat(store.query(paths)).containsOnlyKeys(paths);
    return new StoreLayer(
        "/nix/store",
        paths.stream()
            .map(path -> new StoreLayer.Root(path.toString(), store.locate(path)))
            .toList(),
        OWNER,
        MTIME);
  }

  private static Arrival arrival(Store store, List<StorePath> paths, TreeForm form) {
    return new Arrival() {
      @Override
      public boolean isHere() {
        return store.isHere(paths);
      }

      @Override
      public void begin() throws IOException {
        store.prefetch(paths, form);
      }

      @Override
      public Map<String, TreeForm.Formed> await() throws IOException {
        Map<String, TreeForm.Formed> formed = new HashMap<>();
        store.fetch(paths, form).forEach((path, it) -> formed.put(path.toString(), it));
        return formed;
      }
    };
  }

  /** What is measured, written twice. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Written(Layer layer, byte[] tar) {
    static Written of(LayerMeasurer measurer, LayerMeasurer.Request request) throws IOException {
      Layer layer = measurer.measure(List.of(request)).getFirst().await();
      byte[] tar = write(layer);
      assertThat(Digest.of(tar)).isEqualTo(layer.diffId().value());
      assertThat(write(layer)).isEqualTo(tar);
      return new Written(layer, tar);
    }

    private static byte[] write(Layer layer) throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      layer.tar().writeTo(Channels.newChannel(out));
      return out.toByteArray();
    }
  }

  private static LayerMeasurer measurer(DigestCache known) {
    return new LayerMeasurer(2, known, _ -> {});
  }

  private Written fromFiles(List<StorePath> paths) throws IOException {
    try (Stores.ForBuild stores = open("files");
        LayerMeasurer measurer = measurer(DigestCache.NONE)) {
      stores.all().fetch(paths);
      return Written.of(measurer, new LayerMeasurer.Request(layer(stores.all(), paths), null));
    }
  }

  @Test
  void partsAreWhatFilesGive() throws IOException {
    long seed = 20261122;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int formed = 0;
    int unfit = 0;
    for (int round = 0; round < 12; round++) {
      List<StorePath> paths = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String name = "object-" + round + "-" + i;
        paths.add(cache.add(name, RandomTree.next(random, 4), Set.of()));
      }
      Written expected = fromFiles(paths);
      try (Stores.ForBuild stores = open("formed" + round);
          LayerMeasurer measurer = measurer(DigestCache.NONE)) {
        Store store = stores.all();
        StoreLayer layer = layer(store, paths);
        store.fetch(List.of(paths.get(random.nextInt(paths.size()))));

        Written arrived =
            Written.of(
                measurer,
                new LayerMeasurer.Request(layer, null, 0, arrival(store, paths, layer.form())));

        assertThat(arrived.tar()).as("seed %d, round %d", seed, round).isEqualTo(expected.tar());
        assertThat(arrived.layer().entries()).isEqualTo(expected.layer().entries());
        Map<StorePath, TreeForm.Formed> there = store.fetch(paths, layer.form());
        for (StorePath path : paths) {
          assertThat(store.isHere(List.of(path))).isNotEqualTo(there.containsKey(path));
        }
        formed += there.size();
        unfit += paths.size() - 1 - there.size();
      }
    }
    assertThat(formed).isGreaterThan(20);
    assertThat(unfit).as("names that Python sorts otherwise").isPositive();
  }

  @Test
  void namesThatPythonSortsOtherwiseAreInItsOrder() throws IOException {
    TreeMap<RawName, NarNode> entries = new TreeMap<>();
    entries.put(RawName.ofBytes(new byte[] {(byte) 0x80}), NarNode.Regular.of("1", false));
    entries.put(RawName.of("\u00e9"), NarNode.Regular.of("2", true));
    List<StorePath> paths =
        List.of(
            cache.add("odd", new NarNode.Directory(entries), Set.of()),
            cache.add("even", NarNode.Regular.of("even", false), Set.of()));
    Written expected = fromFiles(paths);
    try (Stores.ForBuild stores = open("formed");
        LayerMeasurer measurer = measurer(DigestCache.NONE)) {
      Store store = stores.all();
      StoreLayer layer = layer(store, paths);

      Written arrived =
          Written.of(
              measurer,
              new LayerMeasurer.Request(layer, null, 0, arrival(store, paths, layer.form())));

      assertThat(arrived.tar()).isEqualTo(expected.tar());
      assertThat(store.fetch(paths, layer.form())).containsOnlyKeys(paths.get(1));
    }
  }

  @Test
  void layersThatAreKnownArriveWhenTheyAreWritten() throws IOException {
    List<StorePath> paths = List.of(cache.add("p", NarNode.Regular.of("text", false), Set.of()));
    Written expected = fromFiles(paths);
    DigestCache known =
        new DigestCache() {
          @Override
          public Optional<Measurement> get(Digest key) {
            return Optional.of(
                new Measurement(
                    expected.layer().diffId().value(),
                    expected.tar().length,
                    expected.layer().entries()));
          }

          @Override
          public void put(Digest key, Measurement measurement) {}
        };
    try (Stores.ForBuild stores = open("formed");
        LayerMeasurer measurer = measurer(known)) {
      Store store = stores.all();
      StoreLayer recipe = layer(store, paths);
      Layer layer =
          measurer
              .measure(
                  List.of(
                      new LayerMeasurer.Request(
                          recipe, Digest.of(new byte[0]), 0, arrival(store, paths, recipe.form()))))
              .getFirst()
              .await();
      assertThat(folder.resolve("formed")).doesNotExist();

      assertThat(Written.write(layer)).isEqualTo(expected.tar());
      assertThat(Files.exists(store.locate(paths.getFirst()))).isFalse();
    }
  }
}
