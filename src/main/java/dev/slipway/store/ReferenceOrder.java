package dev.slipway.store;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts each path after what it refers to, as {@code nix-store -qR} does. */
public final class ReferenceOrder {
  private final Map<StorePath, PathInfo> infos;
  private final Map<StorePath, PathInfo> done = new LinkedHashMap<>();
  private final Set<StorePath> seen = new HashSet<>();
  private final Deque<Open> stack = new ArrayDeque<>();

  /** A path whose references are being put in order. */
  private record Open(PathInfo info, Iterator<StorePath> rest) {}

  private ReferenceOrder(Map<StorePath, PathInfo> infos) {
    this.infos = infos;
  }

  /** The members of {@code closure}, in this order. */
  public static List<PathInfo> of(Closure closure) {
    Map<StorePath, PathInfo> infos = new LinkedHashMap<>();
    closure.forEach(info -> infos.put(info.path(), info));
    return of(infos);
  }

  /** These, which may refer to others, in this order. */
  static List<PathInfo> of(Collection<PathInfo> paths) {
    Map<StorePath, PathInfo> infos = new LinkedHashMap<>();
    paths.forEach(info -> infos.put(info.path(), info));
    return of(infos);
  }

  private static List<PathInfo> of(Map<StorePath, PathInfo> infos) {
    ReferenceOrder order = new ReferenceOrder(infos);
    infos.keySet().forEach(order::visit);
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
    PathInfo info = infos.get(path);
    if (info != null && seen.add(path)) {
      stack.addLast(new Open(info, info.references().stream().sorted().iterator()));
    }
  }
}
