package dev.slipway.layering;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PopularityContestTest {
  @Test
  void countsEveryWayDownToEveryPathThatLeadsToOne() {
    // 0 -> 1 2; 1 -> 2; 2 -> 3
    assertThat(counts(new int[][] {{1, 2}, {2}, {3}, {}})).containsExactly(1L, 2L, 4L, 6L);
  }

  @Test
  void countsAPathOnceForEachReferrerHoweverItIsReached() {
    // a diamond and a tail: two ways to 3, and the tail counts what leads to it but once
    assertThat(counts(new int[][] {{1, 2}, {3}, {3}, {4}, {}})).containsExactly(1L, 2L, 2L, 5L, 7L);
  }

  @Test
  void agreesWithTheRecursiveRuleOnRandomGraphs() {
    for (int seed = 0; seed < 500; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      int[][] graph = randomGraph(random, random.nextInt(1, 25), 4);
      assertThat(exactCounts(graph))
          .as("seed %d: %s", seed, Arrays.deepToString(graph))
          .containsExactly(byRule(graph));
    }
  }

  @Test
  void agreesWithTheRecursiveRuleOnGraphsOfSeveralPassesAndDigits() {
    for (int seed = 0; seed < 20; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      int[][] graph = randomGraph(random, random.nextInt(60, 400), 8);
      assertThat(exactCounts(graph)).as("seed %d", seed).containsExactly(byRule(graph));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {31, 32, 33, 63, 64, 65, 200})
  void countsExactlyHoweverManyDigitsItTakes(int length) {
    // a chain of diamonds: each doubles the ways, so that digits are filled to the brim
    int[][] graph = new int[3 * length + 1][];
    for (int i = 0; i < length; i++) {
      graph[3 * i] = new int[] {3 * i + 1, 3 * i + 2};
      graph[3 * i + 1] = new int[] {3 * i + 3};
      graph[3 * i + 2] = new int[] {3 * i + 3};
    }
    graph[3 * length] = new int[] {};
    // Σ 2^i for the joints, and as much again for each of the two sides
    BigInteger expected =
        BigInteger.TWO
            .pow(length + 1)
            .subtract(BigInteger.ONE)
            .add(BigInteger.TWO.pow(length).subtract(BigInteger.ONE).shiftLeft(1));
    assertThat(new PopularityContest(graph).count(3 * length)).isEqualTo(expected);
  }

  @Test
  void comparesAsTheCountsDo() {
    int[][] graph = randomGraph(new SplittableRandom(7), 300, 8);
    PopularityContest contest = new PopularityContest(graph);
    for (int i = 0; i < graph.length; i++) {
      int other = (i * 31 + 5) % graph.length;
      assertThat(contest.compare(i, other))
          .isEqualTo(contest.count(i).compareTo(contest.count(other)));
    }
  }

  @Test
  void countsACycleAsOnePath() {
    // 0 -> 1 <-> 2 -> 3: as 0 -> x -> 3
    assertThat(counts(new int[][] {{1}, {2}, {1, 3}, {}})).containsExactly(1L, 2L, 2L, 3L);
  }

  @Test
  void doesNotReachWhatOnlyACycleLeadsTo() {
    PopularityContest contest = new PopularityContest(new int[][] {{1}, {0, 2}, {}, {}});
    assertThat(IntStream.range(0, 4).filter(contest::reached)).containsExactly(3);
  }

  @Test
  void goesDownChainsLongerThanAStack() {
    int length = 200_000;
    int[][] chain = new int[length][];
    for (int i = 0; i < length; i++) {
      chain[i] = i + 1 < length ? new int[] {i + 1} : new int[] {};
    }
    Condensation condensation = new Condensation(chain);
    assertThat(condensation.size()).isEqualTo(length);
    assertThat(condensation.componentOf(length - 1)).isEqualTo(length - 1);
  }

  @Test
  void countsTenThousandPathsOfDepthFifty() {
    int[][] graph = layeredGraph(new SplittableRandom(1), 10_000, 50, 10);
    PopularityContest contest = new PopularityContest(graph);
    int[][] users = ReferenceGraph.transposed(graph);
    BigInteger[] ways = ways(graph, users);
    for (int path = 0; path < graph.length; path += 997) {
      BitSet start = new BitSet();
      start.set(path);
      BigInteger expected =
          ReferenceGraph.reach(users, start, new BitSet()).stream()
              .mapToObj(i -> ways[i])
              .reduce(BigInteger.ZERO, BigInteger::add);
      assertThat(contest.count(path)).as("path %d", path).isEqualTo(expected);
    }
  }

  /** Numbers go up along references, which lead from one level to the next. */
  static int[][] layeredGraph(RandomGenerator random, int size, int depth, int references) {
    int width = size / depth;
    int[][] graph = new int[size][];
    for (int i = 0; i < size; i++) {
      int below = (i / width + 1) * width;
      graph[i] =
          below + width > size
              ? new int[] {}
              : random.ints(below, below + width).distinct().limit(references).toArray();
    }
    return graph;
  }

  private static int[][] randomGraph(RandomGenerator random, int size, int mostReferences) {
    int[] order = IntStream.range(0, size).toArray();
    for (int i = size - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    int[][] graph = new int[size][];
    for (int i = 0; i < size; i++) {
      int below = size - i - 1;
      int count = below == 0 ? 0 : random.nextInt(Math.min(below, mostReferences) + 1);
      graph[order[i]] =
          count == 0
              ? new int[] {}
              : random.ints(i + 1, size).distinct().limit(count).map(j -> order[j]).toArray();
    }
    return graph;
  }

  private static BigInteger[] ways(int[][] graph, int[][] users) {
    BigInteger[] ways = new BigInteger[graph.length];
    for (int i = 0; i < graph.length; i++) { // numbers go up along references here
      ways[i] = users[i].length == 0 ? BigInteger.ONE : BigInteger.ZERO;
      for (int user : users[i]) {
        ways[i] = ways[i].add(ways[user]);
      }
    }
    return ways;
  }

  private static List<Long> counts(int[][] graph) {
    return Arrays.stream(exactCounts(graph)).map(BigInteger::longValueExact).toList();
  }

  private static BigInteger[] exactCounts(int[][] graph) {
    PopularityContest contest = new PopularityContest(graph);
    return IntStream.range(0, graph.length).mapToObj(contest::count).toArray(BigInteger[]::new);
  }

  /** The rule as it is written, with a table for each path. */
  private static BigInteger[] byRule(int[][] graph) {
    boolean[] referredTo = new boolean[graph.length];
    Arrays.stream(graph).flatMapToInt(Arrays::stream).forEach(i -> referredTo[i] = true);
    List<Integer> roots = new ArrayList<>();
    for (int i = 0; i < graph.length; i++) {
      if (!referredTo[i]) {
        roots.add(i);
      }
    }
    Map<Integer, BigInteger> contest = contest(roots, graph, new HashMap<>());
    return IntStream.range(0, graph.length)
        .mapToObj(i -> contest.getOrDefault(i, BigInteger.ZERO))
        .toArray(BigInteger[]::new);
  }

  private static Map<Integer, BigInteger> contest(
      List<Integer> children, int[][] graph, Map<Integer, Map<Integer, BigInteger>> known) {
    Map<Integer, BigInteger> contest = new HashMap<>();
    for (int child : children) {
      contest.merge(child, BigInteger.ONE, BigInteger::add);
      if (!known.containsKey(child)) {
        known.put(child, contest(Arrays.stream(graph[child]).boxed().toList(), graph, known));
      }
      known
          .get(child)
          .forEach(
              (path, count) -> contest.merge(path, count.add(BigInteger.ONE), BigInteger::add));
    }
    return contest;
  }
}
