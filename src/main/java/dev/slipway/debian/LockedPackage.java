package dev.slipway.debian;

import dev.slipway.oci.Digest;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.+-]*");

  /** Takes a copy; refuses names that no package can have, and paths that lead elsewhere. */
  public LockedPackage {
    needs = List.copyOf(needs);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' cannot be the name of a Debian package");
    }
    new DebianVersion(version);
    requirePath(path);
    if (size < 0) {
      throw new IllegalArgumentException(path + ": expected a size, found " + size);
    }
  }

  /**
   * The path of a file below a mirror's root.
   *
   * @throws IllegalArgumentException if it leads out of there
   */
  static String requirePath(String path) {
    boolean leads =
        path.chars().anyMatch(Character::isISOControl)
            || Stream.of(path.split("/", -1)).anyMatch(List.of("", ".", "..")::contains);
    if (leads) {
      throw new IllegalArgumentException(
          "'" + path.replaceAll("\\p{Cntrl}", "?") + "' is no path below a mirror's root");
    }
    return path;
  }
}
