package dev.slipway.debian;

import java.util.List;

/**
 * What was asked of Debian, with the packages that are the answer: those and all that they need, by
 * name.
 *
 * @param request what was asked
 * @param packages the answer
 */
public record LockedPackages(DebianRequest request, List<LockedPackage> packages) {
  /** Takes a copy. */
  public LockedPackages {
    packages = List.copyOf(packages);
  }
}
