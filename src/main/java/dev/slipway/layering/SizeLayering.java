package dev.slipway.layering;

import dev.slipway.oci.ImageException;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Layers round the largest paths, by the algorithm of nixpkgs' {@code auto-layer.py}. One by one,
 * the largest path not yet taken becomes a <em>primary</em>. Each path then belongs to its nearest
 * primaries: those that lead to it, but do not lead to another primary that leads to it. The paths
 * of the same nearest primaries share a layer. The last step is the one before there would be too
 * many layers.
 *
 * <p>So a large path shares its layer with what it alone needs, and what several large paths need
 * has a layer of its own. Every primary has a layer, so there are no more steps than layers.
 */
public record SizeLayering() implements Layering {
  /**
   * {@inheritDoc}
   *
   * <p>Layers are ordered by the NAR size of all that their paths need, the smallest first; so a
   * layer comes after those that it needs. Paths are ordered by name and hash, and so are those of
   * one size, and layers of one size by their first paths.
   *
   * @throws ImageException if the size of a path's NAR is not known
   */
  @Override
  public List<List<StorePath>> partition(LayeringInput input, int budget) throws ImageException {
    LayerBudget.requireRoom(budget);
    for (PathInfo info : input.closure()) {
      if (info.nar().isEmpty()) {
        throw new ImageException(
            "layering by size needs the NAR size of every path; that of "
                + info.path()
                + " is not known");
      }
    }
    ReferenceGraph graph = ReferenceGraph.of(input.closure());
    Split split = new Split(graph);
    Comparator<Integer> byName = Comparator.comparing(graph::path, ReferenceGraph.BY_NAME);
    List<Integer> bySize =
        IntStream.range(0, graph.size())
            .boxed()
            .sorted(
                Comparator.<Integer>comparingLong(graph::narSize).reversed().thenComparing(byName))
            .toList();
    for (int primary : bySize) {
      if (!split.add(primary, budget)) {
        break;
      }
    }
    return split.layers().stream()
        .map(members -> SizedLayer.of(graph, members.stream().sorted(byName).toList()))
        .sorted(
            Comparator.comparingLong(SizedLayer::closureSize)
                .thenComparing(layer -> layer.members().getFirst(), byName))
        .map(layer -> layer.members().stream().map(graph::path).toList())
        .toList();
  }

  /** The paths of a layer, and the NAR size of all that they need, themselves included. */
  private record SizedLayer(List<Integer> members, long closureSize) {
    static SizedLayer of(ReferenceGraph graph, List<Integer> members) {
      BitSet starts = new BitSet();
      members.forEach(starts::set);
      return new SizedLayer(
          members, graph.dependencies(starts).stream().mapToLong(graph::narSize).sum());
    }
  }

  /** Which paths share a layer, as primaries are added. */
  private static final class Split {
    private final int[][] references;
    private final int[][] referrers;

    /** For each path the layer that it is in. */
    private int[] layerOf;

    /** For each layer the nearest primaries of its paths. */
    private List<BitSet> nearest = List.of(new BitSet());

    Split(ReferenceGraph graph) {
      references =
          IntStream.range(0, graph.size()).mapToObj(graph::references).toArray(int[][]::new);
      referrers = graph.referrers();
      layerOf = new int[graph.size()];
    }

    /** Takes a further primary, unless there would be more than {@code budget} layers. */
    boolean add(int primary, int budget) {
      BitSet start = new BitSet();
      start.set(primary);
      BitSet below = ReferenceGraph.reach(references, start, new BitSet());
      BitSet above = ReferenceGraph.reach(referrers, start, new BitSet());
      BitSet cycle = (BitSet) below.clone(); // the primary, and what both leads to it and needs it
      cycle.and(above);
      BitSet strictlyBelow = (BitSet) below.clone();
      strictlyBelow.andNot(cycle);
      BitSet strictlyAbove = (BitSet) above.clone();
      strictlyAbove.andNot(cycle);

      // Below the primary a path's new set follows from its old one alone.
      List<BitSet> newNearest = new ArrayList<>();
      Map<BitSet, Integer> newLayers = new HashMap<>();
      int[] kept = new int[nearest.size()];
      int[] moved = new int[nearest.size()];
      Arrays.fill(kept, -1);
      Arrays.fill(moved, -1);
      int[] newLayerOf = new int[layerOf.length];
      for (int path = 0; path < layerOf.length; path++) {
        int layer = layerOf[path];
        int[] renumbered = below.get(path) ? moved : kept;
        if (renumbered[layer] < 0) {
          BitSet primaries = nearest.get(layer);
          if (below.get(path)) {
            primaries = (BitSet) primaries.clone();
            primaries.andNot(strictlyAbove);
            if (!primaries.intersects(strictlyBelow)) {
              primaries.set(primary);
            }
          }
          Integer known = newLayers.putIfAbsent(primaries, newNearest.size());
          if (known == null) {
            newNearest.add(primaries);
          }
          renumbered[layer] = known == null ? newNearest.size() - 1 : known;
        }
        newLayerOf[path] = renumbered[layer];
        if (newNearest.size() > budget) {
          return false;
        }
      }
      layerOf = newLayerOf;
      nearest = newNearest;
      return true;
    }

    /** The members of each layer. */
    List<List<Integer>> layers() {
      Map<Integer, List<Integer>> members = new LinkedHashMap<>();
      for (int path = 0; path < layerOf.length; path++) {
        members.computeIfAbsent(layerOf[path], layer -> new ArrayList<>()).add(path);
      }
      return List.copyOf(members.values());
    }
  }
}
