package dev.slipway.layering;

import static dev.slipway.layering.Sketch.closure;
import static dev.slipway.layering.Sketch.input;
import static dev.slipway.layering.Sketch.names;
import static dev.slipway.layering.Sketch.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.slipway.store.Closure;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PopularityLayeringTest {
  private static final Layering LAYERING = new PopularityLayering();

  /** Closures of packages, and the layers that dockerTools split them into. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chain",
        "chain-max2",
        "chain-max7",
        "chain-max8",
        "contents-symlink",
        "diamond-max100",
        "env-child",
        "file-in-store",
        "from-layered"
      })
  void splitsAsDockerToolsDid(String name) throws Exception {
    int budget = 0;
    Set<StorePath> config = new HashSet<>();
    Set<StorePath> customisation = new HashSet<>();
    List<PathInfo> infos = new ArrayList<>();
    List<List<StorePath>> layers = new ArrayList<>();
    for (String line : golden(name)) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "budget" -> budget = Integer.parseInt(words[1]);
        case "config" -> config.addAll(paths(words, 1));
        case "customisation" -> customisation.addAll(paths(words, 1));
        case "path" ->
            infos.add(
                Sketch.info(
                    new StorePath(Sketch.STORE, words[1]),
                    Long.parseLong(words[2]),
                    paths(words, 3)));
        case "layer" -> layers.add(paths(words, 1));
        default -> throw new AssertionError(line);
      }
    }
    LayeringInput input = new LayeringInput(Closure.of(infos), config, customisation);
    assertThat(LAYERING.partition(input, budget)).isEqualTo(layers);
  }

  @Test
  void givesTheMostPopularPathsALayerEachAndTheOthersOne() throws Exception {
    LayeringInput chain = input("a -> b", "b -> c", "c -> d");
    assertThat(names(LAYERING.partition(chain, 1))).containsExactly(List.of("d", "c", "b", "a"));
    assertThat(names(LAYERING.partition(chain, 3)))
        .containsExactly(List.of("d"), List.of("c"), List.of("b", "a"));
    assertThat(names(LAYERING.partition(chain, 4)))
        .containsExactly(List.of("d"), List.of("c"), List.of("b"), List.of("a"));
    assertThat(LAYERING.partition(chain, 5)).isEqualTo(LAYERING.partition(chain, 4));
  }

  @Test
  void hasNoLayerForNoPath() throws Exception {
    assertThat(LAYERING.partition(input(), 1)).isEmpty();
    assertThat(LAYERING.partition(input(), 100)).isEmpty();
  }

  @Test
  void needsRoomForALayer() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LAYERING.partition(input("a"), 0))
        .withMessage("expected room for at least 1 layer, got 0");
  }

  @Test
  void ordersEqualCountsByNameAndThenByHash() throws Exception {
    assertThat(names(LAYERING.partition(input("9/b", "1/b-2", "1/b", "8/a-b", "2/a"), 1)))
        .containsExactly(List.of("2/a", "8/a-b", "1/b", "9/b", "1/b-2"));
  }

  @Test
  void ordersEqualCountsByAllThatFollowsTheFirstDash() throws Exception {
    // the keys are a+-/nix/…, a--/nix/…, a-/nix/… and a.b-/nix/…
    assertThat(names(LAYERING.partition(input("a", "a-", "a+", "a.b"), 1)))
        .containsExactly(List.of("a+", "a-", "a", "a.b"));
  }

  @Test
  void countsAPathTwiceThatConfigAndCustomisationName() throws Exception {
    Closure closure = closure("a", "b");
    assertThat(
            names(
                LAYERING.partition(
                    new LayeringInput(closure, Set.of(path("b")), closurePaths(closure)), 2)))
        .containsExactly(List.of("b"), List.of("a"));
  }

  @Test
  void countsPathsBelowTheHelpersMoreThanOtherRoots() throws Exception {
    Closure closure = closure("a", "b", "c");
    assertThat(
            names(
                LAYERING.partition(
                    new LayeringInput(closure, Set.of(path("c")), Set.of(path("b"))), 3)))
        .containsExactly(List.of("b"), List.of("c"), List.of("a"));
  }

  @Test
  void putsWhatOnlyCyclesLeadToLastByItsPath() throws Exception {
    assertThat(names(LAYERING.partition(input("1/z -> 2/a", "2/a -> 1/z 3/m", "root -> leaf"), 9)))
        .containsExactly(
            List.of("leaf"), List.of("root"), List.of("1/z"), List.of("2/a"), List.of("3/m"));
  }

  @Test
  void holdsEveryPathOnceWhateverTheGraph() throws Exception {
    for (int seed = 0; seed < 200; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      Closure closure = Sketch.random(random, random.nextInt(1, 150), random.nextBoolean());
      LayeringInput input =
          new LayeringInput(closure, Sketch.some(random, closure), Sketch.some(random, closure));
      int budget = random.nextInt(1, 100);
      List<List<StorePath>> layers = LAYERING.partition(input, budget);
      assertThat(layers).as("seed %d", seed).hasSize(Math.min(budget, closure.size()));
      assertThat(layers.stream().flatMap(List::stream))
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(closure.paths());
    }
  }

  private static Set<StorePath> closurePaths(Closure closure) {
    return Set.copyOf(closure.paths());
  }

  private static List<StorePath> paths(String[] words, int from) {
    return Arrays.stream(words).skip(from).map(w -> new StorePath(Sketch.STORE, w)).toList();
  }

  private static List<String> golden(String name) throws IOException {
    try (InputStream in = PopularityLayeringTest.class.getResourceAsStream(name + ".golden")) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }
}
