package dev.slipway.cli.imagefile;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts definitions after what they refer to. */
final class DependencyOrder {
  private final Map<Reference, Set<Reference>> dependencies;
  private final Set<Reference> done = new LinkedHashSet<>();

  /** A definition that is being worked on, with the references of it that are still to be seen. */
  private record Open(Reference reference, Iterator<Reference> rest) {}

  /** Definitions that refer to each other in a circle. */
  static final class CycleException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Reference> cycle;

    CycleException(List<Reference> cycle) {
      super(String.valueOf(cycle));
      this.cycle = cycle;
    }

    /** The circle from its first member on, which is not repeated at the end. */
    List<Reference> cycle() {
      return cycle;
    }
  }

  DependencyOrder(Map<Reference, Set<Reference>> dependencies) {
    this.dependencies = dependencies;
  }

  /** The roots and all that they need, each after what it needs. */
  List<Reference> of(Collection<Reference> roots) throws CycleException {
    for (Reference root : roots) {
      visit(root);
    }
    return List.copyOf(done);
  }

  private void visit(Reference root) throws CycleException {
    Deque<Open> stack = new ArrayDeque<>();
    Set<Reference> open = new LinkedHashSet<>();
    push(root, stack, open);
    while (!stack.isEmpty()) {
      Open top = stack.getLast();
      if (top.rest().hasNext()) {
        Reference next = top.rest().next();
        if (open.contains(next)) {
          throw new CycleException(open.stream().dropWhile(each -> !each.equals(next)).toList());
        }
        push(next, stack, open);
      } else {
        stack.removeLast();
        open.remove(top.reference());
        done.add(top.reference());
      }
    }
  }

  private void push(Reference reference, Deque<Open> stack, Set<Reference> open) {
    if (!done.contains(reference)) {
      stack.addLast(new Open(reference, dependencies.getOrDefault(reference, Set.of()).iterator()));
      open.add(reference);
    }
  }
}
