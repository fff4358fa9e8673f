package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Checks that what stores know makes a closure. */
final class Closures {
  private Closures() {}

  /**
   * Refuses {@code roots} that are not among the {@code valid} ones.
   *
   * @throws ImageException if one is not; it is named
   */
  static void valid(Collection<StorePath> roots, Set<StorePath> valid) throws ImageException {
    for (StorePath root : roots) {
      if (!valid.contains(root)) {
        throw new ImageException(root + " is not valid in the store");
      }
    }
  }

  /**
   * The closure of {@code roots}, which {@code infos} are said to be.
   *
   * @throws ImageException if a root or a reference is not among them; it is named
   */
  static Closure complete(Collection<StorePath> roots, Map<StorePath, PathInfo> infos)
      throws ImageException {
    valid(roots, infos.keySet());
    for (PathInfo info : infos.values()) {
      for (StorePath reference : info.references()) {
        if (!infos.containsKey(reference)) {
          throw new ImageException(
              info.path() + " refers to " + reference + ", which is not valid in the store");
        }
      }
    }
    return Closure.of(infos.values());
  }
}
