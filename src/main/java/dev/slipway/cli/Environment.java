package dev.slipway.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What Slipway takes from the environment of its process, read once.
 *
 * @param sourceDateEpoch the mtime of generated files in seconds since 1970 ({@code
 *     SOURCE_DATE_EPOCH})
 * @param cacheHome the user's folder for caches ({@code XDG_CACHE_HOME})
 * @param dataHome the user's folder for data ({@code XDG_DATA_HOME})
 * @param temporaryFolder where temporary files go ({@code TMPDIR})
 * @param searchPath where programs are looked for ({@code PATH})
 * @param colour whether a terminal may be given colours ({@code NO_COLOR}, {@code TERM})
 * @param columns how wide the terminal is ({@code COLUMNS})
 * @param certificateFile the trusted certificates ({@code SSL_CERT_FILE})
 * @param docker what says where a daemon is
 * @param registries what says how registries are spoken to
 * @param debianMirror where Debian's packages are had from ({@code SLIPWAY_DEB_MIRROR})
 * @param architecture the machine's architecture, as Go names it
 */
record Environment(
    long sourceDateEpoch,
    Path cacheHome,
    Path dataHome,
    Path temporaryFolder,
    String searchPath,
    boolean colour,
    int columns,
    Optional<String> certificateFile,
    DockerVariables docker,
    RegistryVariables registries,
    Optional<String> debianMirror,
    String architecture) {

  /** The date that nixpkgs' stdenv gives files: 1 January 1980, the first that a zip can hold. */
  private static final long DEFAULT_EPOCH = 315_532_800;

  private static final int DEFAULT_COLUMNS = 80;

  /** Where distributions keep the certificates of authorities, in one file. */
  private static final List<Path> BUNDLES =
      Stream.of(
              "/etc/ssl/certs/ca-certificates.crt", // Debian, Arch, Gentoo, NixOS
              "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
              "/etc/ssl/ca-bundle.pem", // SUSE
              "/etc/ssl/cert.pem") // Alpine
          .map(Path::of)
          .toList();

  /**
   * Reads these variables.
   *
   * @param javaArchitecture the architecture as Java names it
   * @param userHome the home of the user, if {@code HOME} is not set
   * @throws UsageException if one of them is not what it should be
   */
  static Environment of(Map<String, String> variables, String javaArchitecture, String userHome)
      throws UsageException {
    Path home = path("HOME", variables.get("HOME")).orElse(Path.of(userHome));
    return new Environment(
        epoch(variables.get("SOURCE_DATE_EPOCH")),
        absolute("XDG_CACHE_HOME", variables).orElse(home.resolve(".cache")),
        absolute("XDG_DATA_HOME", variables).orElse(home.resolve(".local/share")),
        path("TMPDIR", variables.get("TMPDIR")).orElse(Path.of("/tmp")).toAbsolutePath(),
        variables.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"),
        text("NO_COLOR", variables).isEmpty() && !"dumb".equals(variables.get("TERM")),
        columns(variables.get("COLUMNS")),
        text("SSL_CERT_FILE", variables),
        docker(variables, home),
        RegistryVariables.of(variables, home),
        text("SLIPWAY_DEB_MIRROR", variables),
        architecture(javaArchitecture));
  }

  /**
   * The bundle of certificates that programs on this machine trust; empty if there is none.
   *
   * @throws UsageException if {@code SSL_CERT_FILE} is not a path
   */
  Optional<Path> certificates() throws UsageException {
    Optional<Path> named = path("SSL_CERT_FILE", certificateFile.orElse(null));
    return Stream.concat(named.stream(), BUNDLES.stream()).filter(Files::isRegularFile).findFirst();
  }

  private static DockerVariables docker(Map<String, String> variables, Path home)
      throws UsageException {
    Path folder =
        path("DOCKER_CONFIG", variables.get("DOCKER_CONFIG")).orElse(home.resolve(".docker"));
    boolean verify = text("DOCKER_TLS_VERIFY", variables).isPresent();
    return new DockerVariables(
        text("DOCKER_HOST", variables),
        text("DOCKER_CONTEXT", variables),
        folder,
        verify || text("DOCKER_TLS", variables).isPresent(),
        verify,
        path("DOCKER_CERT_PATH", variables.get("DOCKER_CERT_PATH")).orElse(folder),
        absolute("XDG_RUNTIME_DIR", variables));
  }

  private static Optional<String> text(String name, Map<String, String> variables) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  private static Optional<Path> path(String name, @Nullable String value) throws UsageException {
    if (value == null || value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Path.of(value));
    } catch (InvalidPathException e) {
      throw new UsageException(name + ": not a path: " + e.getReason(), e);
    }
  }

  /** The XDG base directory specification has relative paths passed over. */
  private static Optional<Path> absolute(String name, Map<String, String> variables)
      throws UsageException {
    return path(name, variables.get(name)).filter(Path::isAbsolute);
  }

  private static long epoch(@Nullable String value) throws UsageException {
    if (value == null || value.isEmpty()) {
      return DEFAULT_EPOCH;
    }
    try {
      long epoch = Long.parseLong(value);
      if (epoch >= 0) {
        return epoch;
      }
    } catch (NumberFormatException _) {
      // Said below, as for a negative number.
    }
    throw new UsageException(
        "SOURCE_DATE_EPOCH: expected a number of seconds from 0 on, found '" + value + "'");
  }

  private static int columns(@Nullable String value) {
    try {
      return value == null ? DEFAULT_COLUMNS : Math.max(20, Integer.parseInt(value));
    } catch (NumberFormatException _) {
      return DEFAULT_COLUMNS;
    }
  }

  /** The GOARCH name of a Java {@code os.arch}. */
  private static String architecture(String javaName) {
    return switch (javaName) {
      case "aarch64" -> "arm64";
      case "x86_64" -> "amd64";
      case "x86", "i386", "i486", "i586", "i686" -> "386";
      case "loongarch64" -> "loong64";
      case "mips64el" -> "mips64le";
      case "mipsel" -> "mipsle";
      default -> javaName;
    };
  }
}
