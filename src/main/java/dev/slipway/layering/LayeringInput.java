package dev.slipway.layering;

import dev.slipway.store.Closure;
import dev.slipway.store.StorePath;
import java.util.Set;

/**
 * What is split into layers.
 *
 * @param closure the paths and their references
 * @param configReferences the paths that the image's configuration names
 * @param customisationReferences the paths that the files of the customisation layer name
 */
public record LayeringInput(
    Closure closure, Set<StorePath> configReferences, Set<StorePath> customisationReferences) {
  /** Takes copies, and refuses references that lead out of the closure. */
  public LayeringInput {
    configReferences = Set.copyOf(configReferences);
    customisationReferences = Set.copyOf(customisationReferences);
    requireMembers(closure, configReferences, "the configuration");
    requireMembers(closure, customisationReferences, "the customisation layer");
  }

  private static void requireMembers(Closure closure, Set<StorePath> references, String referrer) {
    for (StorePath reference : references) {
      if (closure.get(reference).isEmpty()) {
        throw new IllegalArgumentException(
            referrer + " refers to " + reference + ", which is not in the closure");
      }
    }
  }
}
