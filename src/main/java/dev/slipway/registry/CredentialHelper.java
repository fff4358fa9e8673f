package dev.slipway.registry;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A program that keeps credentials (docker-credential-helpers): it is told the registry on standard
 * input, so that it shows in no list of processes.
 *
 * @param name what comes after {@code docker-credential-} in its name
 * @param searchPath where it may lie
 */
record CredentialHelper(String name, List<Path> searchPath) {
  private static final String UNKNOWN = "credentials not found in native keychain";
  private static final String IDENTITY = "<token>";
  private static final int MOST_BYTES = 1 << 20;

  /** What it keeps for a registry; empty if it keeps nothing. */
  Optional<Credentials> get(String server) throws IOException {
    Process process =
        new ProcessBuilder(program(), "get").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(server.getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) {
        // It may not have cared to read; what it says counts.
      }
      byte[] answer = process.getInputStream().readNBytes(MOST_BYTES);
      if (process.waitFor() != 0) {
        String said = new String(answer, StandardCharsets.UTF_8).strip();
        if (said.contains(UNKNOWN)) {
          return Optional.empty();
        }
        throw new ImageException(
            "%s: has no credentials for %s: it ended with status %d"
                .formatted(command(), server, process.exitValue()));
      }
      return Optional.of(read(answer));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } finally {
      process.destroyForcibly();
    }
  }

  private String command() {
    return "docker-credential-" + name;
  }

  private String program() throws IOException {
    if (name.indexOf('/') < 0) {
      for (Path folder : searchPath) {
        Path program = folder.resolve(command());
        if (Files.isExecutable(program)) {
          return program.toString();
        }
      }
    }
    throw new ImageException(command() + ": no such program, which is to keep credentials");
  }

  private Credentials read(byte[] answer) throws IOException {
    if (SecretJson.parse(answer, command()) instanceof JsonObject json
        && json.get("Username") instanceof JsonString(String user)
        && json.get("Secret") instanceof JsonString(String secret)) {
      return user.equals(IDENTITY)
          ? new Credentials.IdentityToken(secret)
          : new Credentials.Password(user, secret);
    }
    throw new ImageException(command() + ": expected an object with Username and Secret");
  }
}
