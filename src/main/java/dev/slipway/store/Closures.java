package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.util.Collection;
import java.util.Map;

/** Checks that what stores know makes a closure. */
final class Closures {
  private Closures() {}

  /**
   * The closure of {@code roots}, which {@code infos} are said to be.
   *
   * @throws ImageException if a root or a reference is not among them; it is named
   */
  static Closure complete(Collection<StorePath> roots, Map<StorePath, PathInfo> infos)
      throws ImageException {
    for (StorePath root : roots) {
      if (!infos.containsKey(root)) {
        throw new ImageException(root + " is not valid in the store");
      }
    }
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
