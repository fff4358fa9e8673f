package dev.slipway.cli;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What the environment says of registries. Values are read when they are needed: most commands need
 * none of them.
 *
 * @param variables the environment
 * @param home the user's home
 */
record RegistryVariables(Map<String, String> variables, Path home) {
  private static final List<Path> CERTIFICATE_FOLDERS =
      List.of(Path.of("/etc/containers/certs.d"), Path.of("/etc/docker/certs.d"));

  static RegistryVariables of(Map<String, String> variables, Path home) {
    return new RegistryVariables(variables, home);
  }

  /** The files that may hold credentials, in order (containers-auth.json(5)). */
  List<Path> authFiles() {
    Optional<String> named = text("REGISTRY_AUTH_FILE");
    if (named.isPresent()) {
      return List.of(Path.of(named.get()));
    }
    List<Path> files = new ArrayList<>();
    runtimeFolder().ifPresent(folder -> files.add(folder.resolve("containers/auth.json")));
    Path config = text("XDG_CONFIG_HOME").map(Path::of).orElse(home.resolve(".config"));
    files.add(config.resolve("containers/auth.json"));
    Path docker = text("DOCKER_CONFIG").map(Path::of).orElse(home.resolve(".docker"));
    files.add(docker.resolve("config.json"));
    return files;
  }

  /** Where there is no user's own folder, podman has one for each user. */
  private Optional<Path> runtimeFolder() {
    Optional<Path> named = text("XDG_RUNTIME_DIR").map(Path::of);
    if (named.isPresent()) {
      return named;
    }
    try {
      Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      return Optional.of(Path.of("/run/containers", String.valueOf(user)));
    } catch (IOException | UnsupportedOperationException _) {
      return Optional.empty();
    }
  }

  /** Where authorities of single registries lie. */
  List<Path> certificateFolders() {
    Path own =
        text("XDG_CONFIG_HOME")
            .map(Path::of)
            .orElse(home.resolve(".config"))
            .resolve("containers/certs.d");
    return Stream.concat(Stream.of(own), CERTIFICATE_FOLDERS.stream()).toList();
  }

  /**
   * The proxy for this scheme.
   *
   * @throws UsageException if it is none
   */
  Optional<URI> proxy(String scheme) throws UsageException {
    Optional<String> value = either(scheme + "_PROXY");
    if (value.isEmpty()) {
      return Optional.empty();
    }
    String text = value.get();
    String found = "";
    try {
      URI proxy = new URI(text.contains("://") ? text : "http://" + text);
      if ("http".equals(proxy.getScheme()) && proxy.getHost() != null) {
        return Optional.of(proxy);
      }
      if (!"http".equals(proxy.getScheme())) {
        found = ", found one with the scheme '" + proxy.getScheme() + "'";
      }
    } catch (URISyntaxException _) {
      // Said below. Not with the value, which may hold a password.
    }
    throw new UsageException(
        scheme + "_PROXY: expected a proxy as http://[USER:PASSWORD@]HOST:PORT" + found);
  }

  /** What is reached without a proxy. */
  List<String> noProxy() {
    return either("NO_PROXY").map(text -> List.of(text.split(",", -1))).orElse(List.of());
  }

  private Optional<String> either(String name) {
    return text(name).or(() -> text(name.toLowerCase(Locale.ROOT)));
  }

  private Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
  }

  /** Some of it is nobody's business. */
  @Override
  public String toString() {
    return "RegistryVariables[…]";
  }
}
