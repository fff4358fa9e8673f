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
import org.jspecify.annotations.Nullable;

/**
 * Chooses the packages that packages need. The same indexes always give the same choice: of a
 * package its highest version; of alternatives one that was asked for by name, else the first that
 * there is and that can be together with those chosen before; for a virtual package one that was
 * asked for, else the most ordinary that provides it, else the first by name. What is only
 * recommended is left out, as is what is essential on every Debian system but needed by nobody
 * here.
 */
final class PackageChoice {
  private final Map<String, DebianPackage> newest = new HashMap<>();
  private final Map<String, List<DebianPackage>> providers = new HashMap<>();
  private final String architecture;

  /**
   * Chooses of {@code packages}.
   *
   * @param architecture what they are to be for, in Debian's words
   */
  PackageChoice(Collection<DebianPackage> packages, String architecture) {
    this.architecture = architecture;
    for (DebianPackage candidate : packages) {
      if (Set.of("all", architecture).contains(candidate.architecture())) {
        newest.merge(
            candidate.name(), candidate, (a, b) -> a.version().compareTo(b.version()) >= 0 ? a : b);
      }
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
   * @throws ImageException if there is none, something that it needs is not there, or two of them
   *     exclude each other
   */
  SortedMap<String, Chosen> of(List<String> names) throws ImageException {
    Set<String> asked = new LinkedHashSet<>(names);
    SelectedPackages selected = new SelectedPackages(architecture);
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
      selected.add(found);
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
        DebianPackage one = satisfying(need, asked, selected, next);
        if (!one.name().equals(next.name())) {
          selected.add(one);
          needs.add(one.name());
          open.add(one);
        }
      }
      chosen.put(next.name(), new Chosen(next, needs.stream().sorted().toList()));
    }
    return chosen;
  }

  private DebianPackage satisfying(
      List<Relation> need, Set<String> asked, SelectedPackages selected, DebianPackage by)
      throws ImageException {
    for (Relation alternative : need) {
      Optional<DebianPackage> named = named(alternative);
      if (named.isPresent() && asked.contains(named.get().name())) {
        return named.get();
      }
    }
    @Nullable DebianPackage first = null;
    for (Relation alternative : need) {
      for (DebianPackage candidate : satisfying(alternative, asked)) {
        if (selected.allows(candidate)) {
          return candidate;
        }
        first = first == null ? candidate : first;
      }
    }
    if (first != null) {
      return first;
    }
    throw new ImageException(
        "the Debian package %s needs %s, which there is not"
            .formatted(
                by.name(), String.join(" or ", need.stream().map(Relation::toString).toList())));
  }

  /** The package of this name, if it is one of those that are meant. */
  private Optional<DebianPackage> named(Relation relation) {
    return Optional.ofNullable(newest.get(relation.name()))
        .filter(found -> relation.isFor(architecture) && relation.allows(found.version()));
  }

  /** Those that will do, the best first. */
  private List<DebianPackage> satisfying(Relation relation, Set<String> asked) {
    List<DebianPackage> all = new ArrayList<>();
    named(relation).ifPresent(all::add);
    if (relation.isFor(architecture)) {
      providers.getOrDefault(relation.name(), List.of()).stream()
          .filter(candidate -> candidate.provided().stream().anyMatch(relation::allows))
          .sorted(Comparator.comparing(candidate -> !asked.contains(candidate.name())))
          .forEach(all::add);
    }
    return all;
  }
}
