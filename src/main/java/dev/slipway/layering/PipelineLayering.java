package dev.slipway.layering;

import dev.slipway.layering.Arrangement.Elements;
import dev.slipway.layering.Arrangement.Parts;
import dev.slipway.layering.LayeringOperation.Flatten;
import dev.slipway.layering.LayeringOperation.LimitLayers;
import dev.slipway.layering.LayeringOperation.MapEach;
import dev.slipway.layering.LayeringOperation.Over;
import dev.slipway.layering.LayeringOperation.PathSpec;
import dev.slipway.layering.LayeringOperation.PathSpec.ChildrenOf;
import dev.slipway.layering.LayeringOperation.PathSpec.Single;
import dev.slipway.layering.LayeringOperation.Pipe;
import dev.slipway.layering.LayeringOperation.PopularityContest;
import dev.slipway.layering.LayeringOperation.RemovePaths;
import dev.slipway.layering.LayeringOperation.Reverse;
import dev.slipway.layering.LayeringOperation.SplitEvery;
import dev.slipway.layering.LayeringOperation.SplitPaths;
import dev.slipway.layering.LayeringOperation.SubcomponentIn;
import dev.slipway.layering.LayeringOperation.SubcomponentOut;
import dev.slipway.oci.ImageException;
import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Layers by a pipeline of operations. It is applied to the closure's graph alone: unlike {@link
 * PopularityLayering}, no node of the configuration or the customisation layer takes part. What it
 * ends with is flattened, and each graph is a layer. How many layers there are is up to the
 * pipeline: the budget is not looked at.
 *
 * @param operations the operations in sequence
 */
public record PipelineLayering(List<LayeringOperation> operations) implements Layering {
  /** Takes a copy. */
  public PipelineLayering {
    operations = List.copyOf(operations);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ImageException if an operation meets something other than what it takes, such as a list
   *     instead of a graph, or a dict without the key that it names
   */
  @Override
  public List<List<StorePath>> partition(LayeringInput input, int budget) throws ImageException {
    Arrangement end =
        sequence(operations, ReferenceGraph.of(input.closure()), LayeringPipeline.NAME);
    return end.graphs().map(ReferenceGraph::paths).filter(paths -> !paths.isEmpty()).toList();
  }

  private static Arrangement sequence(
      List<LayeringOperation> operations, Arrangement start, String place) throws ImageException {
    Arrangement value = start;
    for (int i = 0; i < operations.size(); i++) {
      value = apply(operations.get(i), value, place + "[" + i + "]");
    }
    return value;
  }

  private static Arrangement apply(LayeringOperation operation, Arrangement value, String outer)
      throws ImageException {
    String place = outer + "." + LayeringPipeline.name(operation);
    return switch (operation) {
      case PopularityContest() -> popularityContest(graph(value, place));
      case LimitLayers(int count) -> limitLayers(count, list(value, place), place);
      case SplitPaths(var specs) -> splitPaths(specs, graph(value, place));
      case SubcomponentOut(var paths) -> {
        ReferenceGraph graph = graph(value, place);
        yield mainAndRest(graph, graph.dependencies(numbers(graph, paths)));
      }
      case SubcomponentIn(var paths) -> {
        ReferenceGraph graph = graph(value, place);
        yield mainAndRest(graph, graph.dependents(numbers(graph, paths)));
      }
      case Over(var key, var inner) -> over(key, inner, value, place);
      case MapEach(var inner) -> {
        List<Arrangement> mapped = new ArrayList<>();
        for (Arrangement element : list(value, place)) {
          mapped.add(apply(inner, element, place));
        }
        yield new Elements(mapped);
      }
      case Pipe(var inner) -> sequence(inner, value, place);
      case Flatten() -> new Elements(value.graphs().map(Arrangement.class::cast).toList());
      case Reverse() -> new Elements(list(value, place).reversed());
      case SplitEvery(int count) -> splitEvery(count, graph(value, place));
      case RemovePaths(var paths) -> {
        ReferenceGraph graph = graph(value, place);
        yield graph.restrictedTo(complement(graph, numbers(graph, paths)));
      }
    };
  }

  private static Arrangement popularityContest(ReferenceGraph graph) {
    return new Elements(
        Arrays.stream(PopularityLayering.ranked(graph))
            .<Arrangement>mapToObj(graph::single)
            .toList());
  }

  private static Arrangement limitLayers(int count, List<Arrangement> list, String place)
      throws ImageException {
    List<ReferenceGraph> graphs = new ArrayList<>();
    for (Arrangement element : list) {
      if (!(element instanceof ReferenceGraph graph)) {
        throw unexpected(place, "a list of graphs", "one with " + element.description());
      }
      graphs.add(graph);
    }
    if (graphs.size() <= count) {
      return new Elements(list);
    }
    List<Arrangement> limited = new ArrayList<>(graphs.subList(0, count - 1));
    limited.add(ReferenceGraph.sideBySide(graphs.subList(count - 1, graphs.size())));
    return new Elements(limited);
  }

  private static Arrangement splitPaths(List<PathSpec> specs, ReferenceGraph graph) {
    BitSet chosen = new BitSet();
    for (PathSpec spec : specs) {
      switch (spec) {
        case Single(var path) -> chosen.or(numbers(graph, List.of(path)));
        case ChildrenOf(var paths) ->
            numbers(graph, paths).stream()
                .flatMap(parent -> Arrays.stream(graph.references(parent)))
                .forEach(chosen::set);
      }
    }
    // Others' references to the chosen paths do not count: these are in main whoever needs them.
    BitSet needed = graph.dependencies(chosen, chosen);
    BitSet others = complement(graph, needed);
    BitSet common = graph.dependencies(others, chosen);
    common.and(needed);
    BitSet main = (BitSet) needed.clone();
    main.andNot(common);
    SequencedMap<String, Arrangement> parts = new LinkedHashMap<>();
    parts.put("main", graph.restrictedTo(main));
    parts.put("common", graph.restrictedTo(common));
    parts.put("rest", graph.restrictedTo(others));
    return new Parts(parts);
  }

  private static Arrangement mainAndRest(ReferenceGraph graph, BitSet main) {
    SequencedMap<String, Arrangement> parts = new LinkedHashMap<>();
    parts.put("main", graph.restrictedTo(main));
    parts.put("rest", graph.restrictedTo(complement(graph, main)));
    return new Parts(parts);
  }

  private static Arrangement over(
      String key, LayeringOperation inner, Arrangement value, String place) throws ImageException {
    if (!(value instanceof Parts(var parts))) {
      throw unexpected(place, "a dict with " + key, value.description());
    }
    Arrangement part = parts.get(key);
    if (part == null) {
      throw unexpected(place, "a dict with " + key, value.description());
    }
    SequencedMap<String, Arrangement> changed = new LinkedHashMap<>(parts);
    changed.put(key, apply(inner, part, place));
    return new Parts(Collections.unmodifiableSequencedMap(changed));
  }

  private static Arrangement splitEvery(int count, ReferenceGraph graph) {
    List<Arrangement> pieces = new ArrayList<>();
    for (int start = 0; start < graph.size(); start += Math.min(count, graph.size() - start)) {
      BitSet piece = new BitSet();
      piece.set(start, start + Math.min(count, graph.size() - start));
      pieces.add(graph.restrictedTo(piece));
    }
    return new Elements(pieces);
  }

  private static BitSet numbers(ReferenceGraph graph, List<String> paths) {
    BitSet numbers = new BitSet();
    for (String path : paths) {
      int number = graph.number(path);
      if (number >= 0) {
        numbers.set(number);
      }
    }
    return numbers;
  }

  private static BitSet complement(ReferenceGraph graph, BitSet numbers) {
    BitSet complement = (BitSet) numbers.clone();
    complement.flip(0, graph.size());
    return complement;
  }

  private static ReferenceGraph graph(Arrangement value, String place) throws ImageException {
    if (value instanceof ReferenceGraph graph) {
      return graph;
    }
    throw unexpected(place, "a graph", value.description());
  }

  private static List<Arrangement> list(Arrangement value, String place) throws ImageException {
    if (value instanceof Elements(var elements)) {
      return elements;
    }
    throw unexpected(place, "a list", value.description());
  }

  private static ImageException unexpected(String place, String expected, String found) {
    return new ImageException(place + ": expected " + expected + ", got " + found);
  }
}
