package dev.slipway.cli;

import dev.slipway.store.Closure;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts each path of a closure after what it refers to, as {@code nix-store -qR} does. */
final class ReferenceOrder {
  private final Closure closure;
  private final Map<StorePath, PathInfo> done = new LinkedHashMap<>();
  private final Set<StorePath> seen = new HashSet<>();
  private final Deque<Open> stack = new ArrayDeque<>();

  /** A path whose references are being put in order. */
  private record Open(PathInfo info, Iterator<StorePath> rest) {}

  private ReferenceOrder(Closure closure) {
    this.closure = closure;
  }

  static List<PathInfo> of(Closure closure) {
    ReferenceOrder order = new ReferenceOrder(closure);
    closure.paths().forEach(order::visit);
    return List.copyOf(order.done.values());
  }

  private void visit(StorePath root) {
    open(root);
    while (!stack.isEmpty()) {
      Open top = stack.getLast();
      if (top.rest().hasNext()) {
        open(top.rest().next());
      } else {
        stack.removeLast();
        done.put(top.info().path(), top.info());
      }
    }
  }

  private void open(StorePath path) {
    if (seen.add(path)) {
      PathInfo info = closure.get(path).orElseThrow();
      stack.addLast(new Open(info, info.references().stream().sorted().iterator()));
    }
  }
}
