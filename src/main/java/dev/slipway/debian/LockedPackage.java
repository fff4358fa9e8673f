package dev.slipway.debian;

import dev.slipway.oci.Digest;
import java.util.List;

/**
 * A package that is pinned.
 *
 * @param name its name
 * @param version its version
 * @param path where it lies below a mirror's root
 * @param size how many bytes it has
 * @param digest the digest of these
 * @param needs the names of the packages that it needs, which are pinned beside it
 */
public record LockedPackage(
    String name, String version, String path, long size, Digest digest, List<String> needs) {
  /** Takes a copy. */
  public LockedPackage {
    needs = List.copyOf(needs);
  }
}
