package dev.slipway.debian;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;

/**
 * Puts packages that need each other in a circle into one group, and groups after what they need
 * (Tarjan, "Depth-first search and linear graph algorithms", 1972).
 */
final class PackageGroups {
  private final NavigableMap<String, LockedPackage> packages;
  private final Map<String, Integer> number = new HashMap<>();
  private final Map<String, Integer> low = new HashMap<>();
  private final Deque<String> stack = new ArrayDeque<>();
  private final Set<String> onStack = new HashSet<>();
  private final List<List<LockedPackage>> groups = new ArrayList<>();

  private PackageGroups(NavigableMap<String, LockedPackage> packages) {
    this.packages = packages;
  }

  /** The groups of these packages, each by name. */
  static List<List<LockedPackage>> of(NavigableMap<String, LockedPackage> packages) {
    PackageGroups groups = new PackageGroups(packages);
    for (String name : packages.keySet()) {
      if (!groups.number.containsKey(name)) {
        groups.visit(name);
      }
    }
    return groups.groups;
  }

  /** A package that is being visited. */
  private static final class Visit {
    final String name;
    final List<String> needs;
    int next;

    Visit(String name, List<String> needs) {
      this.name = name;
      this.needs = needs;
    }
  }

  private void visit(String root) {
    Deque<Visit> open = new ArrayDeque<>();
    open.push(begin(root));
    while (!open.isEmpty()) {
      Visit visit = open.element();
      if (visit.next < visit.needs.size()) {
        String need = visit.needs.get(visit.next++);
        Integer seen = number.get(need);
        if (seen == null) {
          open.push(begin(need));
        } else if (onStack.contains(need)) {
          low.merge(visit.name, seen, Math::min);
        }
        continue;
      }
      open.pop();
      int own = low.getOrDefault(visit.name, 0);
      if (!open.isEmpty()) {
        low.merge(open.element().name, own, Math::min);
      }
      if (number.getOrDefault(visit.name, -1) == own) {
        end(visit.name);
      }
    }
  }

  private Visit begin(String name) {
    int place = number.size();
    number.put(name, place);
    low.put(name, place);
    stack.push(name);
    onStack.add(name);
    LockedPackage found = packages.get(name);
    return new Visit(
        name,
        found == null ? List.of() : found.needs().stream().filter(packages::containsKey).toList());
  }

  private void end(String first) {
    List<String> group = new ArrayList<>();
    String name;
    do {
      name = stack.pop();
      onStack.remove(name);
      group.add(name);
    } while (!name.equals(first));
    groups.add(packages.values().stream().filter(each -> group.contains(each.name())).toList());
  }
}
