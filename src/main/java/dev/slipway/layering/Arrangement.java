package dev.slipway.layering;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Stream;

/** What the operations of a pipeline take and give: a graph, or graphs in lists and dicts. */
sealed interface Arrangement permits ReferenceGraph, Arrangement.Elements, Arrangement.Parts {
  /**
   * A list.
   *
   * @param elements what it holds
   */
  record Elements(List<Arrangement> elements) implements Arrangement {
    /** Takes a copy. */
    public Elements {
      elements = List.copyOf(elements);
    }
  }

  /**
   * A dict.
   *
   * @param parts its values by their keys
   */
  record Parts(SequencedMap<String, Arrangement> parts) implements Arrangement {
    /** Leaves empty parts out. */
    public Parts {
      SequencedMap<String, Arrangement> filled = new LinkedHashMap<>();
      parts.forEach((key, part) -> {
        if (part.graphs().anyMatch(graph -> graph.size() > 0)) {
          filled.put(key, part);
        }
      });
      parts = Collections.unmodifiableSequencedMap(filled);
    }
  }

  /** The graphs in it, in order, however deep they lie. */
  default Stream<ReferenceGraph> graphs() {
    return switch (this) {
      case ReferenceGraph graph -> Stream.of(graph);
      case Elements(var elements) -> elements.stream().flatMap(Arrangement::graphs);
      case Parts(var parts) -> parts.values().stream().flatMap(Arrangement::graphs);
    };
  }

  /** What it is, in a user's words. */
  default String description() {
    return switch (this) {
      case ReferenceGraph graph -> "a graph";
      case Elements list -> "a list";
      case Parts(var parts) -> "a dict of " + String.join(", ", parts.keySet());
    };
  }
}
