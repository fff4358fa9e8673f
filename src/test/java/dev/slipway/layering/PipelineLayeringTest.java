package dev.slipway.layering;

import static dev.slipway.layering.Sketch.input;
import static dev.slipway.layering.Sketch.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import dev.slipway.store.Closure;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class PipelineLayeringTest {
  /** The smallest path is the first: d, e, c, b, a. */
  private static final LayeringInput GRAPH =
      input("a:5 -> b c", "b:4 -> d", "c:3 -> d e", "d:1", "e:2");

  @Test
  void makesOneLayerWithoutAnyOperation() throws Exception {
    assertThat(split()).containsExactly(List.of("d", "e", "c", "b", "a"));
  }

  @Test
  void makesNoLayerOfNothing() throws Exception {
    assertThat(new PipelineLayering(List.of()).partition(input(), 1)).isEmpty();
  }

  @Test
  void popularityContestGivesEachPathAGraphTheMostPopularFirst() throws Exception {
    assertThat(split(List.of("popularity_contest")))
        .containsExactly(List.of("d"), List.of("e"), List.of("b"), List.of("c"), List.of("a"));
  }

  @Test
  void popularityContestCountsTheGraphThatItIsGiven() throws Exception {
    // within the children of c nothing refers to anything
    assertThat(
            split(
                List.of("split_paths", List.of(path("c"))),
                List.of("over", "main", List.of("popularity_contest")),
                List.of("over", "rest", List.of("popularity_contest"))))
        .containsExactly(List.of("e"), List.of("c"), List.of("d"), List.of("b"), List.of("a"));
  }

  @Test
  void popularityContestAndLimitLayersSplitAsByPopularity() throws Exception {
    for (int seed = 0; seed < 50; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      Closure closure = Sketch.random(random, random.nextInt(1, 60), false);
      int budget = random.nextInt(1, 60);
      assertThat(
              pipeline(List.of("popularity_contest"), List.of("limit_layers", (long) budget))
                  .partition(Sketch.input(closure), 1))
          .as("seed %d", seed)
          .isEqualTo(new PopularityLayering().partition(Sketch.input(closure), budget));
    }
  }

  @Test
  void limitLayersMergesTheLastGraphs() throws Exception {
    assertThat(split(List.of("popularity_contest"), List.of("limit_layers", 3L)))
        .containsExactly(List.of("d"), List.of("e"), List.of("b", "c", "a"));
    assertThat(split(List.of("popularity_contest"), List.of("limit_layers", 1L)))
        .containsExactly(List.of("d", "e", "b", "c", "a"));
    assertThat(split(List.of("popularity_contest"), List.of("limit_layers", 5L))).hasSize(5);
    assertThat(split(List.of("popularity_contest"), List.of("limit_layers", Long.MAX_VALUE)))
        .hasSize(5);
  }

  @Test
  void limitLayersPutsGraphsSideBySide() throws Exception {
    // a and b come from different graphs, so that a's reference to b is gone
    assertThat(
            split(
                List.of("subcomponent_out", List.of(path("b"))),
                List.of("flatten"),
                List.of("limit_layers", 1),
                List.of("map", List.of("subcomponent_out", List.of(path("a"))))))
        .containsExactly(List.of("e", "c", "a"), List.of("d", "b"));
  }

  @Test
  void splitPathsParts() throws Exception {
    assertThat(split(List.of("split_paths", List.of(path("b")))))
        .as("main, common, rest")
        .containsExactly(List.of("b"), List.of("d"), List.of("e", "c", "a"));
    assertThat(split(List.of("split_paths", List.of(path("c")))))
        .containsExactly(List.of("e", "c"), List.of("d"), List.of("b", "a"));
  }

  @Test
  void splitPathsLeavesAnEmptyCommonOut() throws Exception {
    assertThat(split(List.of("split_paths", List.of(path("e")))))
        .containsExactly(List.of("e"), List.of("d", "c", "b", "a"));
    assertFails(
        "layeringPipeline[1].over: expected a dict with common, got a dict of main, rest",
        List.of("split_paths", List.of(path("e"))),
        List.of("over", "common", List.of("flatten")));
  }

  @Test
  void splitPathsTakesSeveralPathsTogether() throws Exception {
    assertThat(split(List.of("split_paths", List.of(path("b"), path("c")))))
        .containsExactly(List.of("d", "e", "c", "b"), List.of("a"));
    assertThat(split(List.of("split_paths", List.of(path("d"), path("c")))))
        .as("a chosen path is in main whoever else needs it")
        .containsExactly(List.of("d", "e", "c"), List.of("b", "a"));
  }

  @Test
  void splitPathsOfTheRootGivesMainAlone() throws Exception {
    assertThat(split(List.of("split_paths", List.of(path("a")))))
        .containsExactly(List.of("d", "e", "c", "b", "a"));
    assertThat(
            split(
                List.of("split_paths", List.of(path("a"))),
                List.of("over", "main", List.of("split_every", 3L))))
        .containsExactly(List.of("d", "e", "c"), List.of("b", "a"));
  }

  @Test
  void splitPathsWithoutMatchGivesRestAlone() throws Exception {
    assertThat(
            split(
                List.of("split_paths", List.of(path("x"), "not a store path")),
                List.of("over", "rest", List.of("split_every", 4L))))
        .containsExactly(List.of("d", "e", "c", "b"), List.of("a"));
  }

  @Test
  void splitPathsChoosesWhatAPathRefersTo() throws Exception {
    assertThat(split(List.of("split_paths", List.of(Map.of("children_of", path("c"))))))
        .containsExactly(List.of("d", "e"), List.of("c", "b", "a"));
    assertThat(
            split(
                List.of(
                    "split_paths",
                    List.of(Map.of("children_of", List.of(path("b"), path("x"))), path("e")))))
        .containsExactly(List.of("d", "e"), List.of("c", "b", "a"));
  }

  @Test
  void splitPathsKeepsRootsOfTheRestApart() throws Exception {
    LayeringInput twoRoots = input("r:4 -> s x", "q:3 -> s", "s:2", "x:1");
    assertThat(names(pipeline(List.of("split_paths", List.of(path("r")))).partition(twoRoots, 1)))
        .containsExactly(List.of("x", "r"), List.of("s"), List.of("q"));
  }

  @Test
  void splitPathsEndsOnCycles() throws Exception {
    LayeringInput cycle = input("a:1 -> b", "b:2 -> a c", "n:4 -> c", "c:3");
    assertThat(names(pipeline(List.of("split_paths", List.of(path("n")))).partition(cycle, 1)))
        .containsExactly(List.of("n"), List.of("c"), List.of("a", "b"));
  }

  @Test
  void subcomponentOutTakesWhatPathsNeed() throws Exception {
    assertThat(split(List.of("subcomponent_out", List.of(path("b")))))
        .containsExactly(List.of("d", "b"), List.of("e", "c", "a"));
    assertThat(split(List.of("subcomponent_out", List.of(path("x")))))
        .containsExactly(List.of("d", "e", "c", "b", "a"));
  }

  @Test
  void subcomponentInTakesWhatNeedsPaths() throws Exception {
    assertThat(split(List.of("subcomponent_in", List.of(path("e")))))
        .containsExactly(List.of("e", "c", "a"), List.of("d", "b"));
    assertThat(split(List.of("subcomponent_in", List.of(path("b"), path("c")))))
        .containsExactly(List.of("c", "b", "a"), List.of("d", "e"));
  }

  @Test
  void overChangesOnePartInItsPlace() throws Exception {
    assertThat(
            split(
                List.of("split_paths", List.of(path("b"))),
                List.of("over", "rest", List.of("split_every", 1L)),
                List.of("flatten"),
                List.of("reverse")))
        .containsExactly(List.of("a"), List.of("c"), List.of("e"), List.of("d"), List.of("b"));
  }

  @Test
  void overLeavesAPartThatBecomesEmptyOut() {
    assertFails(
        "layeringPipeline[2].over: expected a dict with main, got a dict of common, rest",
        List.of("split_paths", List.of(path("b"))),
        List.of("over", "main", List.of("remove_paths", path("b"))),
        List.of("over", "main", List.of("flatten")));
  }

  @Test
  void mapAndPipeNest() throws Exception {
    assertThat(
            split(
                List.of("split_every", 3L),
                List.of(
                    "map",
                    List.of("pipe", List.of(List.of("popularity_contest"), List.of("reverse"))))))
        .containsExactly(List.of("c"), List.of("e"), List.of("d"), List.of("a"), List.of("b"));
  }

  @Test
  void flattenUndoesListsAndDicts() throws Exception {
    assertThat(
            split(
                List.of("split_every", 3L),
                List.of("map", List.of("split_paths", List.of(path("e")))),
                List.of("flatten"),
                List.of("limit_layers", 2L)))
        .containsExactly(List.of("e"), List.of("d", "c", "b", "a"));
  }

  @Test
  void removePathsTakesThemOutOfTheImage() throws Exception {
    assertThat(split(List.of("remove_paths", List.of(path("d"), path("a"), path("x")))))
        .containsExactly(List.of("e", "c", "b"));
    assertThat(
            split(List.of("split_every", 1L), List.of("map", List.of("remove_paths", path("e")))))
        .as("what becomes empty is no layer")
        .hasSize(4);
  }

  @Test
  void doesNotLookAtTheBudgetNorAtConfigOrCustomisation() throws Exception {
    Layering layering = pipeline(List.of("popularity_contest"));
    LayeringInput named =
        new LayeringInput(GRAPH.closure(), Set.of(Sketch.path("e")), Set.of(Sketch.path("e")));
    assertThat(layering.partition(named, 1)).hasSize(5).isEqualTo(layering.partition(GRAPH, 9));
  }

  @Test
  void saysWhatAnOperationCannotTake() {
    assertFails(
        "layeringPipeline[1].split_every: expected a graph, got a list",
        List.of("popularity_contest"),
        List.of("split_every", 2L));
  }

  @Test
  void namesThePlaceOfNestedOperations() {
    assertFails(
        "layeringPipeline[1].map.pipe[1].over.reverse: expected a list, got a graph",
        List.of("split_every", 3L),
        List.of(
            "map",
            List.of(
                "pipe",
                List.of(
                    List.of("split_paths", List.of(path("e"))),
                    List.of("over", "rest", List.of("reverse"))))));
    assertFails(
        "layeringPipeline[0].map: expected a list, got a graph",
        List.of("map", List.of("reverse")));
    assertFails(
        "layeringPipeline[0].over: expected a dict with main, got a graph",
        List.of("over", "main", List.of("reverse")));
    assertFails(
        "layeringPipeline[2].limit_layers: expected a list of graphs, got one with a dict of rest",
        List.of("split_every", 9L),
        List.of("map", List.of("split_paths", List.of())),
        List.of("limit_layers", 2L));
  }

  private static void assertFails(String message, Object... operations) {
    assertThatThrownBy(() -> split(operations))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
  }

  private static List<List<String>> split(Object... operations) throws ImageException {
    return names(pipeline(operations).partition(GRAPH, 1));
  }

  private static PipelineLayering pipeline(Object... operations) throws ImageException {
    return new PipelineLayering(LayeringPipeline.parse(List.of(operations)));
  }

  private static String path(String name) {
    return Sketch.path(name).toString();
  }
}
