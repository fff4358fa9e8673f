package dev.slipway.debian;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What was asked of Debian, with the packages that are the answer: those and all that they need, by
 * name.
 *
 * @param request what was asked
 * @param packages the answer
 */
public record LockedPackages(DebianRequest request, List<LockedPackage> packages) {
  /** Takes a copy; refuses packages that are there twice. */
  public LockedPackages {
    packages = List.copyOf(packages);
    Set<String> names = new HashSet<>();
    for (LockedPackage each : packages) {
      if (!names.add(each.name())) {
        throw new IllegalArgumentException(each.name() + " is locked twice");
      }
    }
  }
}
