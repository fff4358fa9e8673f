package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Packages that are to be together, and what they exclude (Debian policy manual, 7.3 and 7.4). */
final class SelectedPackages {
  private final Map<String, DebianPackage> selected = new HashMap<>();
  private final Map<String, List<DebianPackage>> called = new HashMap<>();
  private final Map<String, List<Exclusion>> exclusions = new HashMap<>();
  private final String architecture;

  SelectedPackages(String architecture) {
    this.architecture = architecture;
  }

  /**
   * What a package says of packages that it cannot be together with.
   *
   * @param by the package
   * @param what those packages
   */
  private record Exclusion(DebianPackage by, Relation what) {}

  /**
   * Selects a package; nothing happens if it is.
   *
   * @throws ImageException if it and one that is selected exclude each other
   */
  void add(DebianPackage added) throws ImageException {
    Optional<String> fault = fault(added);
    if (fault.isPresent()) {
      throw new ImageException(fault.get());
    }
    if (selected.put(added.name(), added) == null) {
      called.computeIfAbsent(added.name(), _ -> new ArrayList<>()).add(added);
      for (Relation provided : added.provided()) {
        called.computeIfAbsent(provided.name(), _ -> new ArrayList<>()).add(added);
      }
      for (Relation excluded : added.excluded()) {
        exclusions
            .computeIfAbsent(excluded.name(), _ -> new ArrayList<>())
            .add(new Exclusion(added, excluded));
      }
    }
  }

  /** Whether nothing that is selected excludes {@code candidate}, nor the other way round. */
  boolean allows(DebianPackage candidate) throws ImageException {
    return fault(candidate).isEmpty();
  }

  private Optional<String> fault(DebianPackage candidate) throws ImageException {
    if (selected.containsKey(candidate.name())) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>(List.of(candidate.name()));
    candidate.provided().forEach(provided -> names.add(provided.name()));
    for (String name : names) {
      for (Exclusion exclusion : exclusions.getOrDefault(name, List.of())) {
        if (isMeant(candidate, exclusion.what())) {
          return Optional.of(fault(exclusion.by(), exclusion.what(), candidate));
        }
      }
    }
    for (Relation excluded : candidate.excluded()) {
      for (DebianPackage other : called.getOrDefault(excluded.name(), List.of())) {
        if (isMeant(other, excluded)) {
          return Optional.of(fault(candidate, excluded, other));
        }
      }
    }
    return Optional.empty();
  }

  private boolean isMeant(DebianPackage candidate, Relation excluded) {
    return excluded.isFor(architecture) && candidate.isMeantBy(excluded);
  }

  private static String fault(DebianPackage by, Relation excluded, DebianPackage other) {
    return "the Debian packages %s and %s cannot be together: the former excludes %s"
        .formatted(by, other, excluded);
  }
}
