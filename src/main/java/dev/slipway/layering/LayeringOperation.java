package dev.slipway.layering;

import java.util.List;

/**
 * One operation of a layering pipeline. The operations are those of nixpkgs' {@code
 * flattenReferencesGraph}, and so are their names in a pipeline.
 *
 * <p>A pipeline begins with the graph of a closure. Some operations take a graph, others a list or
 * a dict that an earlier one has made. Paths that an operation names need not be in the graph.
 */
public sealed interface LayeringOperation {
  /** {@code popularity_contest}: a graph becomes a list of graphs of one path, by popularity. */
  record PopularityContest() implements LayeringOperation {}

  /**
   * {@code limit_layers}: of a list of graphs the last ones become one.
   *
   * @param count how many graphs are left at most, at least 1
   */
  record LimitLayers(int count) implements LayeringOperation {
    /** Refuses a count below 1. */
    public LimitLayers {
      requirePositive(count);
    }
  }

  /**
   * {@code split_paths}: a graph becomes a dict of {@code main}, the chosen paths and what they
   * alone need; {@code common}, what they need and others too; and {@code rest}.
   *
   * @param specs what is chosen
   */
  record SplitPaths(List<PathSpec> specs) implements LayeringOperation {
    /** Takes a copy. */
    public SplitPaths {
      specs = List.copyOf(specs);
    }
  }

  /**
   * {@code subcomponent_out}: a graph becomes a dict of {@code main}, the paths with all that they
   * need, and {@code rest}.
   *
   * @param paths the paths
   */
  record SubcomponentOut(List<String> paths) implements LayeringOperation {
    /** Takes a copy. */
    public SubcomponentOut {
      paths = List.copyOf(paths);
    }
  }

  /**
   * {@code subcomponent_in}: a graph becomes a dict of {@code main}, the paths with all that needs
   * them, and {@code rest}.
   *
   * @param paths the paths
   */
  record SubcomponentIn(List<String> paths) implements LayeringOperation {
    /** Takes a copy. */
    public SubcomponentIn {
      paths = List.copyOf(paths);
    }
  }

  /**
   * {@code over}: applies an operation to one value of a dict.
   *
   * @param key the value's key, which must be there
   * @param operation the operation
   */
  record Over(String key, LayeringOperation operation) implements LayeringOperation {}

  /**
   * {@code map}: applies an operation to each element of a list.
   *
   * @param operation the operation
   */
  record MapEach(LayeringOperation operation) implements LayeringOperation {}

  /**
   * {@code pipe}: applies operations in sequence.
   *
   * @param operations the operations
   */
  record Pipe(List<LayeringOperation> operations) implements LayeringOperation {
    /** Takes a copy. */
    public Pipe {
      operations = List.copyOf(operations);
    }
  }

  /** {@code flatten}: lists and dicts in one another become one list of graphs. */
  record Flatten() implements LayeringOperation {}

  /** {@code reverse}: turns a list round. */
  record Reverse() implements LayeringOperation {}

  /**
   * {@code split_every}: a graph becomes a list of graphs, its paths taken by NAR size from the
   * smallest on.
   *
   * @param count how many paths a graph has, the last one perhaps fewer; at least 1
   */
  record SplitEvery(int count) implements LayeringOperation {
    /** Refuses a count below 1. */
    public SplitEvery {
      requirePositive(count);
    }
  }

  /**
   * {@code remove_paths}: takes paths out of a graph, and so out of the image.
   *
   * @param paths the paths
   */
  record RemovePaths(List<String> paths) implements LayeringOperation {
    /** Takes a copy. */
    public RemovePaths {
      paths = List.copyOf(paths);
    }
  }

  /** A choice of paths for {@link SplitPaths}. */
  sealed interface PathSpec {
    /**
     * One path.
     *
     * @param path the path
     */
    record Single(String path) implements PathSpec {}

    /**
     * What paths refer to.
     *
     * @param paths the paths, which are not chosen themselves
     */
    record ChildrenOf(List<String> paths) implements PathSpec {
      /** Takes a copy. */
      public ChildrenOf {
        paths = List.copyOf(paths);
      }
    }
  }

  private static void requirePositive(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("expected at least 1, got " + count);
    }
  }
}
