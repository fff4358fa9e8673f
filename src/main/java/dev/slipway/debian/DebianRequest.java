package dev.slipway.debian;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
  private static final Set<String> ROLLING = Set.of("sid", "unstable");

  /** What is added to a release: {@code bookworm-backports} to {@code bookworm}. */
  private static final Pattern ADDITION =
      Pattern.compile("(.+?)-(?:backports|backports-sloppy|proposed-updates|updates|security)");

  /** Takes copies. */
  public DebianRequest {
    packages = List.copyOf(packages);
    components = List.copyOf(components);
    if (packages.isEmpty() || components.isEmpty()) {
      throw new IllegalArgumentException("expected at least one package and one component");
    }
  }

  /**
   * Where packages come from: the folders of releases below a mirror's root. A suite that adds to a
   * release is nothing without it, and no release is without its updates but those that roll.
   */
  List<String> releases() {
    Matcher addition = ADDITION.matcher(suite);
    String release =
        suite.equals("experimental") ? "sid" : addition.matches() ? addition.group(1) : suite;
    Set<String> folders = new LinkedHashSet<>();
    folders.add("debian/dists/" + release);
    if (!ROLLING.contains(release)) {
      folders.add("debian/dists/" + release + "-updates");
      folders.add("debian-security/dists/" + release + "-security");
    }
    if (!suite.endsWith("-security")) {
      folders.add("debian/dists/" + suite);
    }
    return List.copyOf(folders);
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
