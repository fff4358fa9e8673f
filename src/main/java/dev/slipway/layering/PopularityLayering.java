package dev.slipway.layering;

import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A layer for each of the most popular paths, and a last one for all the others. Popular is what
 * many paths need, each counted in as many ways as it can be come to ({@link PopularityContest}):
 * what other images most likely need too. This is what dockerTools does by default.
 */
public record PopularityLayering() implements Layering {
  /**
   * {@inheritDoc}
   *
   * <p>Above the closure three more nodes take part in the count, as in dockerTools: a root that
   * refers to the configuration and to the customisation layer, which refer to what they name.
   */
  @Override
  public List<List<StorePath>> partition(LayeringInput input, int budget) {
    LayerBudget.requireRoom(budget);
    ReferenceGraph graph = ReferenceGraph.of(input.closure());
    int config = graph.size();
    int customisation = config + 1;
    int root = config + 2;
    int[][] edges = new int[graph.size() + 3][];
    for (int i = 0; i < graph.size(); i++) {
      edges[i] = graph.references(i);
    }
    edges[config] = numbers(graph, input.configReferences());
    edges[customisation] = numbers(graph, input.customisationReferences());
    edges[root] = new int[] {config, customisation};
    List<StorePath> ranked = Arrays.stream(ranked(graph, edges)).mapToObj(graph::path).toList();
    return cut(ranked, budget);
  }

  /** The paths of a graph by their popularity in it alone, the most popular first. */
  static int[] ranked(ReferenceGraph graph) {
    return ranked(
        graph, IntStream.range(0, graph.size()).mapToObj(graph::references).toArray(int[][]::new));
  }

  /**
   * The paths of a graph by popularity, the most popular first. Paths that no root leads to come
   * last, by their paths.
   *
   * @param edges the graph's references, and perhaps those of further nodes behind its paths
   */
  private static int[] ranked(ReferenceGraph graph, int[][] edges) {
    PopularityContest contest = new PopularityContest(edges);
    String[] keys = new String[graph.size()];
    boolean[] reached = new boolean[graph.size()];
    for (int i = 0; i < keys.length; i++) {
      String path = graph.path(i).toString();
      reached[i] = contest.reached(i);
      keys[i] = reached[i] ? tieKey(path) : path;
    }
    Comparator<Integer> byPopularity =
        (a, b) -> {
          if (reached[a] != reached[b]) {
            return reached[a] ? -1 : 1;
          }
          int byCount = reached[a] ? contest.compare(b, a) : 0;
          return byCount != 0 ? byCount : keys[a].compareTo(keys[b]);
        };
    return IntStream.range(0, keys.length)
        .boxed()
        .sorted(byPopularity)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** The first {@code budget - 1} paths one by one, and the rest together. */
  private static List<List<StorePath>> cut(List<StorePath> ranked, int budget) {
    int singles = Math.min(budget - 1, ranked.size());
    List<List<StorePath>> groups = new ArrayList<>();
    ranked.subList(0, singles).forEach(path -> groups.add(List.of(path)));
    if (singles < ranked.size()) {
      groups.add(List.copyOf(ranked.subList(singles, ranked.size())));
    }
    return List.copyOf(groups);
  }

  /**
   * What stands before the first dash goes to the end: {@code HASH-a-b} becomes {@code a-b-HASH}.
   */
  private static String tieKey(String path) {
    int dash = path.indexOf('-');
    return path.substring(dash + 1) + "-" + path.substring(0, dash);
  }

  private static int[] numbers(ReferenceGraph graph, Collection<StorePath> paths) {
    return paths.stream().mapToInt(path -> graph.number(path.toString())).sorted().toArray();
  }
}
