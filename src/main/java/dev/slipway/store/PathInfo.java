package dev.slipway.store;

import java.util.Optional;
import java.util.Set;

/**
 * What a store knows of a valid path.
 *
 * @param path the path
 * @param nar the hash and size of its NAR; a reference graph in Nix's oldest form does not say them
 * @param references the paths it refers to, itself perhaps among them
 * @param deriver the derivation that it was built from, where known
 * @param contentAddress how its path follows from its content ({@code fixed:r:sha256:…}), where it
 *     does
 */
public record PathInfo(
    StorePath path,
    Optional<NarHash> nar,
    Set<StorePath> references,
    Optional<StorePath> deriver,
    Optional<String> contentAddress) {
  /** Takes a copy of the references. */
  public PathInfo {
    references = Set.copyOf(references);
  }
}
