package dev.slipway.layering;

import dev.slipway.store.Closure;
import dev.slipway.store.NarHash;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Store paths and the references among them, self-references left out. The paths are numbered from
 * 0; those of a whole closure by NAR size, smallest first, which is the order in which nixpkgs'
 * {@code flattenReferencesGraph} keeps them.
 */
final class ReferenceGraph implements Arrangement {
  /** The order by (name, hash), and by store directory where one closure has several. */
  static final Comparator<StorePath> BY_NAME =
      Comparator.comparing(StorePath::name)
          .thenComparing(StorePath::hashPart)
          .thenComparing(StorePath::storeDir);

  private static final int[] NONE = {};

  private final PathInfo[] infos;
  private final int[][] references;
  private @Nullable Map<String, Integer> numbers; // made when first asked for

  private ReferenceGraph(PathInfo[] infos, int[][] references) {
    this.infos = infos;
    this.references = references;
  }

  static ReferenceGraph of(Closure closure) {
    List<PathInfo> members = new ArrayList<>(closure.size());
    closure.forEach(members::add);
    members.sort(
        Comparator.comparingLong(ReferenceGraph::sizeOf).thenComparing(PathInfo::path, BY_NAME));
    Map<StorePath, Integer> numbers = HashMap.newHashMap(members.size());
    for (PathInfo info : members) {
      numbers.put(info.path(), numbers.size());
    }
    int[][] references = new int[members.size()][];
    for (int i = 0; i < references.length; i++) {
      PathInfo info = members.get(i);
      references[i] =
          info.references().stream()
              .filter(reference -> !reference.equals(info.path()))
              .mapToInt(numbers::get)
              .sorted()
              .toArray();
    }
    return new ReferenceGraph(members.toArray(PathInfo[]::new), references);
  }

  /** These graphs side by side: no path of one refers to a path of another. */
  static ReferenceGraph sideBySide(List<ReferenceGraph> graphs) {
    int size = graphs.stream().mapToInt(ReferenceGraph::size).sum();
    PathInfo[] infos = new PathInfo[size];
    int[][] references = new int[size][];
    int start = 0;
    for (ReferenceGraph graph : graphs) {
      for (int i = 0; i < graph.size(); i++) {
        infos[start + i] = graph.infos[i];
        references[start + i] = graph.references[i].clone();
        for (int j = 0; j < references[start + i].length; j++) {
          references[start + i][j] += start;
        }
      }
      start += graph.size();
    }
    return new ReferenceGraph(infos, references);
  }

  int size() {
    return infos.length;
  }

  StorePath path(int number) {
    return infos[number].path();
  }

  /** The size of a path's NAR in bytes, or 0 if it is not known. */
  long narSize(int number) {
    return sizeOf(infos[number]);
  }

  private static long sizeOf(PathInfo info) {
    return info.nar().map(NarHash::size).orElse(0L);
  }

  /** What a path refers to; not to be changed. */
  int[] references(int number) {
    return references[number];
  }

  /** The number of the path that reads so, or -1 if it is not in the graph. */
  int number(String path) {
    Map<String, Integer> known = numbers;
    if (known == null) {
      known = HashMap.newHashMap(size());
      for (int i = 0; i < size(); i++) {
        known.put(infos[i].path().toString(), i);
      }
      numbers = known;
    }
    return known.getOrDefault(path, -1);
  }

  /** All paths, in order. */
  List<StorePath> paths() {
    return Arrays.stream(infos).map(PathInfo::path).toList();
  }

  /** The paths that refer to each path, as {@link #references} has those that it refers to. */
  int[][] referrers() {
    return transposed(references);
  }

  /** A graph of the one path {@code number}. */
  ReferenceGraph single(int number) {
    return new ReferenceGraph(new PathInfo[] {infos[number]}, new int[][] {NONE});
  }

  /** The graph of {@code kept} and the references among them, in the same order. */
  ReferenceGraph restrictedTo(BitSet kept) {
    int[] renumbered = new int[size()];
    int[] old = kept.stream().toArray();
    for (int i = 0; i < old.length; i++) {
      renumbered[old[i]] = i;
    }
    PathInfo[] keptInfos = new PathInfo[old.length];
    int[][] keptReferences = new int[old.length][];
    for (int i = 0; i < old.length; i++) {
      keptInfos[i] = infos[old[i]];
      keptReferences[i] =
          Arrays.stream(references[old[i]]).filter(kept::get).map(j -> renumbered[j]).toArray();
    }
    return new ReferenceGraph(keptInfos, keptReferences);
  }

  /**
   * What {@code edges} lead to from {@code starts}, these included.
   *
   * @param edges for each number those it leads to
   * @param barred numbers that no edge is followed to
   */
  static BitSet reach(int[][] edges, BitSet starts, BitSet barred) {
    BitSet reached = (BitSet) starts.clone();
    int[] stack = new int[edges.length];
    int height = 0;
    for (int start = starts.nextSetBit(0); start >= 0; start = starts.nextSetBit(start + 1)) {
      stack[height++] = start;
    }
    while (height > 0) {
      for (int next : edges[stack[--height]]) {
        if (!reached.get(next) && !barred.get(next)) {
          reached.set(next);
          stack[height++] = next;
        }
      }
    }
    return reached;
  }

  /** What the references lead to from {@code starts}, these included. */
  BitSet dependencies(BitSet starts) {
    return reach(references, starts, new BitSet());
  }

  /** As {@link #dependencies}, but no reference to one of {@code barred} is followed. */
  BitSet dependencies(BitSet starts, BitSet barred) {
    return reach(references, starts, barred);
  }

  /** What refers to one of {@code starts}, at once or through others; these included. */
  BitSet dependents(BitSet starts) {
    return reach(referrers(), starts, new BitSet());
  }

  /** The edges turned round. */
  static int[][] transposed(int[][] edges) {
    int[] degrees = new int[edges.length];
    for (int[] targets : edges) {
      for (int target : targets) {
        degrees[target]++;
      }
    }
    int[][] turned = new int[edges.length][];
    for (int i = 0; i < turned.length; i++) {
      turned[i] = degrees[i] == 0 ? NONE : new int[degrees[i]];
    }
    int[] filled = new int[edges.length];
    for (int source = 0; source < edges.length; source++) {
      for (int target : edges[source]) {
        turned[target][filled[target]++] = source;
      }
    }
    return turned;
  }
}
