package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Chooses the packages that packages need. The same indexes always give the same choice: of a
 * package its highest version; of alternatives one that was asked for by name, else the first that
 * there is; for a virtual package one that was asked for, else the most ordinary that provides it,
 * else the first by name. What is only recommended is left out, as is what is essential on every
 * Debian system but needed by nobody here.
 */
final class PackageChoice {
  private final Map<String, DebianPackage> newest = new HashMap<>();
  private final Map<String, List<DebianPackage>> providers = new HashMap<>();

  PackageChoice(Collection<DebianPackage> packages) {
    for (DebianPackage candidate : packages) {
      newest.merge(
          candidate.name(), candidate, (a, b) -> a.version().compareTo(b.version()) >= 0 ? a : b);
    }
    for (DebianPackage candidate : newest.values()) {
      for (Relation provided : candidate.provided()) {
        providers.computeIfAbsent(provided.name(), _ -> new ArrayList<>()).add(candidate);
      }
    }
    Comparator<DebianPackage> order =
        Comparator.comparingInt(DebianPackage::rank).thenComparing(DebianPackage::name);
    providers.values().forEach(list -> list.sort(order));
  }

  /**
   * A package and the packages that it needs.
   *
   * @param found the package
   * @param needs their names
   */
  record Chosen(DebianPackage found, List<String> needs) {}

  /**
   * The packages of these names, and all that they need, by name.
   *
   * @throws ImageException if there is none, or something that it needs is not there
   */
  SortedMap<String, Chosen> of(List<String> names) throws ImageException {
    Set<String> asked = new LinkedHashSet<>(names);
    Deque<DebianPackage> open = new ArrayDeque<>();
    for (String name : asked) {
      DebianPackage found = newest.get(name);
      if (found == null) {
        List<DebianPackage> by = providers.getOrDefault(name, List.of());
        throw new ImageException(
            "there is no Debian package "
                + name
                + (by.isEmpty() ? "" : ", but " + by.getFirst().name() + " provides it"));
      }
      open.add(found);
    }
    SortedMap<String, Chosen> chosen = new TreeMap<>();
    while (!open.isEmpty()) {
      DebianPackage next = open.poll();
      if (chosen.containsKey(next.name())) {
        continue;
      }
      Set<String> needs = new LinkedHashSet<>();
      for (List<Relation> need : next.needs()) {
        DebianPackage one = satisfying(need, asked, next);
        if (!one.name().equals(next.name())) {
          needs.add(one.name());
          open.add(one);
        }
      }
      chosen.put(next.name(), new Chosen(next, needs.stream().sorted().toList()));
    }
    return chosen;
  }

  private DebianPackage satisfying(List<Relation> need, Set<String> asked, DebianPackage by)
      throws ImageException {
    for (Relation alternative : need) {
      DebianPackage named = newest.get(alternative.name());
      if (named != null && asked.contains(named.name()) && alternative.allows(named.version())) {
        return named;
      }
    }
    for (Relation alternative : need) {
      Optional<DebianPackage> found = satisfying(alternative, asked);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new ImageException(
        "the Debian package %s needs %s, which there is not"
            .formatted(
                by.name(), String.join(" or ", need.stream().map(Relation::toString).toList())));
  }

  private Optional<DebianPackage> satisfying(Relation relation, Set<String> asked) {
    DebianPackage named = newest.get(relation.name());
    if (named != null && relation.allows(named.version())) {
      return Optional.of(named);
    }
    List<DebianPackage> providing =
        providers.getOrDefault(relation.name(), List.of()).stream()
            .filter(candidate -> candidate.provided().stream().anyMatch(relation::allows))
            .toList();
    return providing.stream()
        .filter(candidate -> asked.contains(candidate.name()))
        .findFirst()
        .or(() -> providing.stream().findFirst());
  }
}
