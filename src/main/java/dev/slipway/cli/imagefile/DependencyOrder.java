package dev.slipway.cli.imagefile;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts things after what they need.
 *
 * @param <T> what the things are
 * @param <E> what is thrown where it cannot be found out what one needs
 */
final class DependencyOrder<T, E extends Exception> {
  private final Needs<T, E> needs;
  private final Set<T> done = new LinkedHashSet<>();

  /** Says what things need. */
  @FunctionalInterface
  interface Needs<T, E extends Exception> {
    /** All that {@code thing} needs itself. */
    Collection<T> of(T thing) throws E;
  }

  /** Something that is being worked on, with what it needs that is still to be seen. */
  private record Open<T>(T thing, Iterator<T> rest) {}

  /** Things that need each other in a circle. */
  static final class CycleException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<?> cycle;

    CycleException(List<?> cycle) {
      super(String.valueOf(cycle));
      this.cycle = cycle;
    }

    /** The circle from its first member on, which is not repeated at the end. */
    List<?> cycle() {
      return cycle;
    }
  }

  /** Orders by what each thing needs. */
  DependencyOrder(Needs<T, E> needs) {
    this.needs = needs;
  }

  /** The roots and all that they need, each after what it needs. */
  List<T> of(Collection<T> roots) throws CycleException, E {
    for (T root : roots) {
      visit(root);
    }
    return List.copyOf(done);
  }

  private void visit(T root) throws CycleException, E {
    Deque<Open<T>> stack = new ArrayDeque<>();
    Set<T> open = new LinkedHashSet<>();
    push(root, stack, open);
    while (!stack.isEmpty()) {
      Open<T> top = stack.getLast();
      if (top.rest().hasNext()) {
        T next = top.rest().next();
        if (open.contains(next)) {
          throw new CycleException(open.stream().dropWhile(each -> !each.equals(next)).toList());
        }
        push(next, stack, open);
      } else {
        stack.removeLast();
        open.remove(top.thing());
        done.add(top.thing());
      }
    }
  }

  private void push(T thing, Deque<Open<T>> stack, Set<T> open) throws E {
    if (!done.contains(thing)) {
      stack.addLast(new Open<>(thing, needs.of(thing).iterator()));
      open.add(thing);
    }
  }
}
