package dev.slipway.registry;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Credentials as docker and podman keep them ({@code config.json}, containers-auth.json(5)): in the
 * file itself, or by means of programs that it names. The first of several files that has any
 * counts.
 */
public final class AuthFiles implements CredentialSource {
  /** What Docker Hub is called in these files, for reasons of its own. */
  private static final String DOCKER_HUB = "https://index.docker.io/v1/";

  private final List<Path> files;
  private final List<Path> searchPath;

  /**
   * These files, which need not be there.
   *
   * @param searchPath where the programs lie that the files name
   */
  public AuthFiles(List<Path> files, List<Path> searchPath) {
    this.files = List.copyOf(files);
    this.searchPath = List.copyOf(searchPath);
  }

  @Override
  public Credentials find(RepositoryName repository) throws IOException {
    for (Path file : files) {
      Optional<Credentials> found = find(file, repository);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return new Credentials.Anonymous();
  }

  private Optional<Credentials> find(Path file, RepositoryName repository) throws IOException {
    byte[] document;
    try {
      document = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
    JsonValue json = SecretJson.parse(document, file.toString());
    if (!(json instanceof JsonObject config)) {
      throw new ImageException(file + ": expected an object, found " + json.kind());
    }
    Optional<Credentials> helped = byHelper(config, repository.domain());
    return helped.isPresent() ? helped : inFile(file, object(config, "auths"), repository);
  }

  private Optional<Credentials> byHelper(JsonObject config, String domain) throws IOException {
    JsonObject helpers = object(config, "credHelpers");
    for (String key : List.of(server(domain), domain)) {
      if (helpers.get(key) instanceof JsonString(String name)) {
        return new CredentialHelper(name, searchPath).get(key);
      }
    }
    return config.get("credsStore") instanceof JsonString(String name) && !name.isEmpty()
        ? new CredentialHelper(name, searchPath).get(server(domain))
        : Optional.empty();
  }

  private static String server(String domain) {
    return domain.equals(RepositoryName.DOCKER_HUB) ? DOCKER_HUB : domain;
  }

  private static Optional<Credentials> inFile(
      Path file, JsonObject auths, RepositoryName repository) throws IOException {
    for (String key : keys(repository)) {
      if (auths.get(key) instanceof JsonObject entry) {
        Optional<Credentials> found = credentials(file, key, entry);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    for (Map.Entry<String, JsonValue> each : auths.members().entrySet()) {
      if (host(each.getKey()).equals(repository.domain())
          && each.getValue() instanceof JsonObject entry) {
        Optional<Credentials> found = credentials(file, each.getKey(), entry);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /** The repository, what it lies in, and the registry, in this order. */
  private static List<String> keys(RepositoryName repository) {
    List<String> keys = new ArrayList<>();
    String key = repository.toString();
    for (int end = key.length(); end > 0; end = key.lastIndexOf('/', end - 1)) {
      keys.add(key.substring(0, end));
    }
    return keys;
  }

  /** The registry of a key in one of docker's older forms; the key itself if it has none. */
  private static String host(String key) {
    String rest = key.replaceFirst("^https?://", "");
    boolean old = !rest.equals(key) || rest.endsWith("/v1/") || rest.endsWith("/v2/");
    String host = old ? rest.replaceFirst("/.*", "") : rest;
    return switch (host) {
      case "index.docker.io", "registry-1.docker.io" -> RepositoryName.DOCKER_HUB;
      default -> host;
    };
  }

  private static Optional<Credentials> credentials(Path file, String key, JsonObject entry)
      throws IOException {
    String identity = text(entry, "identitytoken");
    if (!identity.isEmpty()) {
      return Optional.of(new Credentials.IdentityToken(identity));
    }
    String registry = text(entry, "registrytoken");
    if (!registry.isEmpty()) {
      return Optional.of(new Credentials.RegistryToken(registry));
    }
    String auth = text(entry, "auth");
    if (!auth.isEmpty()) {
      return Optional.of(decode(file, key, auth));
    }
    String user = text(entry, "username");
    return user.isEmpty()
        ? Optional.empty()
        : Optional.of(new Credentials.Password(user, text(entry, "password")));
  }

  private static Credentials decode(Path file, String key, String auth) throws IOException {
    String expected =
        "%s: auths[\"%s\"].auth: expected USER:PASSWORD in base 64".formatted(file, key);
    try {
      String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
      // Docker once padded these.
      return Credentials.parse(pair.replaceFirst("\0+$", ""));
    } catch (IllegalArgumentException _) {
      // Not the cause, which has some of it.
      throw new ImageException(expected);
    }
  }

  private static JsonObject object(JsonObject object, String key) {
    return object.get(key) instanceof JsonObject found ? found : JsonObject.EMPTY;
  }

  private static String text(JsonObject object, String key) {
    return object.get(key) instanceof JsonString(String text) ? text : "";
  }
}
