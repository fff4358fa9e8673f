package dev.slipway.debian;

import java.util.List;

/**
 * What is asked of Debian.
 *
 * @param packages the names of packages
 * @param suite the release, such as {@code bookworm}
 * @param components the parts of it, such as {@code main}
 * @param architecture what the packages are for, in Debian's words
 */
public record DebianRequest(
    List<String> packages, String suite, List<String> components, String architecture) {
  private static final List<String> ROLLING = List.of("sid", "unstable", "experimental");

  /** Takes copies. */
  public DebianRequest {
    packages = List.copyOf(packages);
    components = List.copyOf(components);
    if (packages.isEmpty() || components.isEmpty()) {
      throw new IllegalArgumentException("expected at least one package and one component");
    }
  }

  /** Where packages come from: the folders of releases below a mirror's root. */
  List<String> releases() {
    return ROLLING.contains(suite)
        ? List.of("debian/dists/" + suite)
        : List.of(
            "debian/dists/" + suite,
            "debian/dists/" + suite + "-updates",
            "debian-security/dists/" + suite + "-security");
  }

  /** What Debian calls an architecture that Go calls so; the same name if it knows no other. */
  public static String architecture(String goName, String variant) {
    return switch (goName) {
      case "386" -> "i386";
      case "arm" -> variant.equals("v5") || variant.equals("v6") ? "armel" : "armhf";
      case "ppc64le" -> "ppc64el";
      case "mips64le" -> "mips64el";
      default -> goName;
    };
  }
}
