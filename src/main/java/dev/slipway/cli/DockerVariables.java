package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.transport.DaemonAddress;
import dev.slipway.transport.DaemonTls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What Docker's own client takes from the environment to find a daemon.
 *
 * @param host the daemon's address ({@code DOCKER_HOST})
 * @param context the name of an address of the client's configuration ({@code DOCKER_CONTEXT})
 * @param folder the client's configuration ({@code DOCKER_CONFIG})
 * @param tls whether ports are spoken to with TLS ({@code DOCKER_TLS}, {@code DOCKER_TLS_VERIFY})
 * @param verify whether it must be the right daemon ({@code DOCKER_TLS_VERIFY})
 * @param certificates where certificates and keys are ({@code DOCKER_CERT_PATH})
 * @param runtimeFolder the user's folder for sockets ({@code XDG_RUNTIME_DIR})
 */
record DockerVariables(
    Optional<String> host,
    Optional<String> context,
    Path folder,
    boolean tls,
    boolean verify,
    Path certificates,
    Optional<Path> runtimeFolder) {
  private static final Path DOCKER = Path.of("/var/run/docker.sock");
  private static final Path PODMAN = Path.of("/run/podman/podman.sock");
  private static final String DEFAULT = "default";

  /**
   * Where the daemon listens: as {@code DOCKER_HOST} says, else the context that is in force, else
   * Docker's usual socket, or podman's where there is no other.
   *
   * @throws ImageException if that is not an address, or there is no such context
   * @throws IOException if the client's configuration cannot be read
   */
  DaemonAddress daemon() throws IOException {
    if (host.isPresent()) {
      return DaemonAddress.parse(
          host.get(), tls ? Optional.of(tls(certificates, verify)) : Optional.empty());
    }
    Optional<String> named = context.isPresent() ? context : currentContext();
    if (named.isPresent() && !named.get().equals(DEFAULT)) {
      return ofContext(named.get());
    }
    return new DaemonAddress.Socket(
        Stream.concat(
                Stream.of(DOCKER),
                Stream.concat(
                    runtimeFolder.map(runtime -> runtime.resolve("podman/podman.sock")).stream(),
                    Stream.of(PODMAN)))
            .filter(Files::exists)
            .findFirst()
            .orElse(DOCKER));
  }

  private Optional<String> currentContext() throws IOException {
    Path file = folder.resolve("config.json");
    return Files.isRegularFile(file)
        ? text(read(file), "currentContext").filter(name -> !name.isEmpty())
        : Optional.empty();
  }

  private DaemonAddress ofContext(String name) throws IOException {
    String id = Digest.of(name.getBytes(StandardCharsets.UTF_8)).hex();
    Path file = folder.resolve("contexts/meta").resolve(id).resolve("meta.json");
    if (!Files.isRegularFile(file)) {
      throw new ImageException(
          "the Docker context '%s' is not defined in %s".formatted(name, folder));
    }
    JsonValue endpoint =
        read(file).get("Endpoints") instanceof JsonObject all ? all.get("docker") : null;
    if (!(endpoint instanceof JsonObject docker)) {
      throw new ImageException(file + ": Endpoints.docker: expected an object");
    }
    String address =
        text(docker, "Host")
            .orElseThrow(
                () -> new ImageException(file + ": Endpoints.docker.Host: expected a string"));
    boolean skip = new JsonBoolean(true).equals(docker.get("SkipTLSVerify"));
    Path secrets = folder.resolve("contexts/tls").resolve(id).resolve("docker");
    return DaemonAddress.parse(
        address,
        skip || Files.isDirectory(secrets) ? Optional.of(tls(secrets, !skip)) : Optional.empty());
  }

  private static DaemonTls tls(Path folder, boolean verify) {
    Path certificate = folder.resolve("cert.pem");
    Path key = folder.resolve("key.pem");
    boolean known = Stream.of(certificate, key).allMatch(Files::exists);
    return new DaemonTls(
        Optional.of(folder.resolve("ca.pem")).filter(Files::exists),
        known ? Optional.of(new DaemonTls.Identity(certificate, key)) : Optional.empty(),
        verify);
  }

  private static JsonObject read(Path file) throws IOException {
    JsonValue value = Json.parse(Files.readAllBytes(file), file.toString(), JsonLimits.FOREIGN);
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new ImageException(file + ": expected an object, found " + value.kind());
  }

  private static Optional<String> text(JsonObject object, String key) {
    return object.get(key) instanceof JsonString string
        ? Optional.of(string.value())
        : Optional.empty();
  }
}
