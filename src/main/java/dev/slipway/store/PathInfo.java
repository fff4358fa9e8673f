package dev.slipway.store;

import dev.slipway.oci.Digest;
import java.util.Optional;
import java.util.Set;

/**
 * What a store knows of a valid path.
 *
 * @param path the path
 * @param narHash the SHA-256 of its NAR
 * @param narSize the size of its NAR in bytes
 * @param references the paths it refers to, itself perhaps among them
 * @param deriver the derivation that it was built from, where known
 * @param contentAddress how its path follows from its content ({@code fixed:r:sha256:…}), where it
 *     does
 */
public record PathInfo(
    StorePath path,
    Digest narHash,
    long narSize,
    Set<StorePath> references,
    Optional<StorePath> deriver,
    Optional<String> contentAddress) {
  /** Takes a copy of the references. */
  public PathInfo {
    references = Set.copyOf(references);
  }
}
