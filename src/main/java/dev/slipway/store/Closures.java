package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Checks that what stores know makes a closure. */
final class Closures {
  private Closures() {}

  /**
   * Refuses {@code roots} that are not among the {@code valid} ones.
   *
   * @param store where they should be valid
   * @throws ImageException if one is not; it is named
   */
  static void valid(Collection<StorePath> roots, Set<StorePath> valid, Store store)
      throws ImageException {
    for (StorePath root : roots) {
      if (!valid.contains(root)) {
        throw new ImageException(root + " is not valid in " + store.describe());
      }
    }
  }

  /**
   * The closure of {@code roots}, level by level as {@code store} is asked.
   *
   * @throws ImageException if a root or a reference is not valid there; it is named
   * @throws IOException if the store cannot be read
   */
  static Closure walk(Collection<StorePath> roots, Store store) throws IOException {
    Map<StorePath, PathInfo> members = new TreeMap<>();
    Set<StorePath> asked = new HashSet<>(roots);
    Collection<StorePath> frontier = roots;
    while (!frontier.isEmpty()) {
      Map<StorePath, PathInfo> level = store.query(frontier);
      members.putAll(level);
      Set<StorePath> next = new TreeSet<>();
      for (PathInfo info : level.values()) {
        for (StorePath reference : info.references()) {
          if (asked.add(reference)) {
            next.add(reference);
          }
        }
      }
      frontier = next;
    }
    return complete(roots, members, store);
  }

  /**
   * The closure of {@code roots}, which {@code infos} are said to be.
   *
   * @param store where they should be valid
   * @throws ImageException if a root or a reference is not among them; it is named
   */
  static Closure complete(Collection<StorePath> roots, Map<StorePath, PathInfo> infos, Store store)
      throws ImageException {
    valid(roots, infos.keySet(), store);
    for (PathInfo info : infos.values()) {
      for (StorePath reference : info.references()) {
        if (!infos.containsKey(reference)) {
          throw new ImageException(
              info.path()
                  + " refers to "
                  + reference
                  + ", which is not valid in "
                  + store.describe());
        }
      }
    }
    return Closure.of(infos.values());
  }
}
