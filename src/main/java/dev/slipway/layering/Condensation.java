package dev.slipway.layering;

import java.util.Arrays;

/**
 * A graph in which the members of each cycle have become one component, so that it has no cycles
 * left. Components are numbered so that every edge leads from a smaller number to a greater one.
 *
 * <p>The components are found by Tarjan's algorithm (R. Tarjan, "Depth-first search and linear
 * graph algorithms", SIAM Journal on Computing 1, 1972), without recursion, since chains of
 * references may be longer than a thread's stack is deep.
 */
final class Condensation {
  private final int[] componentOf;
  private final int[] memberCounts;
  private final int[][] edges;

  /**
   * @param edges for each number those it leads to
   */
  Condensation(int[][] edges) {
    componentOf = components(edges);
    int count = Arrays.stream(componentOf).max().orElse(-1) + 1;
    memberCounts = new int[count];
    int[] degrees = new int[count];
    for (int source = 0; source < edges.length; source++) {
      int from = componentOf[source];
      memberCounts[from]++;
      for (int target : edges[source]) {
        if (componentOf[target] != from) {
          degrees[from]++;
        }
      }
    }
    this.edges = new int[count][];
    for (int i = 0; i < count; i++) {
      this.edges[i] = new int[degrees[i]];
    }
    for (int source = 0; source < edges.length; source++) {
      int from = componentOf[source];
      for (int target : edges[source]) {
        if (componentOf[target] != from) {
          this.edges[from][--degrees[from]] = componentOf[target];
        }
      }
    }
  }

  /** How many components there are. */
  int size() {
    return memberCounts.length;
  }

  /** The component that {@code number} is in. */
  int componentOf(int number) {
    return componentOf[number];
  }

  /** How many numbers are in a component. */
  int memberCount(int component) {
    return memberCounts[component];
  }

  /**
   * For each component those its members' edges lead to, itself excepted; one as often as there are
   * edges to it.
   */
  int[][] edges() {
    return edges;
  }

  private static int[] components(int[][] edges) {
    int size = edges.length;
    int[] component = new int[size];
    int[] discovered = new int[size]; // when a number was first seen, from 1
    int[] low = new int[size]; // the earliest discovery known to be in the same component
    int[] nextEdge = new int[size];
    int[] trail = new int[size]; // from the start of the search to where it is
    int[] open = new int[size]; // seen, but in no component yet
    Arrays.fill(component, -1);
    int time = 0;
    int openCount = 0;
    int found = 0;
    for (int start = 0; start < size; start++) {
      if (discovered[start] != 0) {
        continue;
      }
      int depth = 0;
      trail[0] = start;
      while (depth >= 0) {
        int here = trail[depth];
        if (discovered[here] == 0) {
          time++;
          discovered[here] = time;
          low[here] = time;
          open[openCount++] = here;
        }
        if (nextEdge[here] < edges[here].length) {
          int next = edges[here][nextEdge[here]++];
          if (discovered[next] == 0) {
            trail[++depth] = next;
          } else if (component[next] < 0) {
            low[here] = Math.min(low[here], discovered[next]);
          }
          continue;
        }
        if (low[here] == discovered[here]) {
          int member;
          do {
            member = open[--openCount];
            component[member] = found;
          } while (member != here);
          found++;
        }
        depth--;
        if (depth >= 0) {
          low[trail[depth]] = Math.min(low[trail[depth]], low[here]);
        }
      }
    }
    // A component is found after all that it leads to: turned round, edges lead upwards.
    for (int i = 0; i < size; i++) {
      component[i] = found - 1 - component[i];
    }
    return component;
  }
}
