package dev.slipway.transport;

import dev.slipway.oci.ImageException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Where a daemon listens that speaks the Docker Engine API. */
public sealed interface DaemonAddress {
  /** A socket in the file system. */
  record Socket(Path path) implements DaemonAddress {
    @Override
    public String toString() {
      return "unix://" + path;
    }
  }

  /**
   * A port of some machine.
   *
   * @param host the machine
   * @param port the port
   * @param tls how both sides prove who they are; if empty, nothing is encrypted
   */
  record Port(String host, int port, Optional<DaemonTls> tls) implements DaemonAddress {
    @Override
    public String toString() {
      return "tcp://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
  }

  /** The port of a daemon that uses TLS, if none is given. */
  int TLS_PORT = 2376;

  /** The port of one that does not. */
  int PLAIN_PORT = 2375;

  /**
   * The address that {@code DOCKER_HOST} means by {@code text}.
   *
   * @param tls how a connection to a port is protected
   * @throws ImageException if it is none, or one that is not supported
   */
  static DaemonAddress parse(String text, Optional<DaemonTls> tls) throws ImageException {
    String lower = text.toLowerCase(java.util.Locale.ROOT);
    try {
      if (lower.startsWith("unix://") && text.length() > "unix://".length()) {
        return new Socket(Path.of(text.substring("unix://".length())));
      }
      if (lower.startsWith("tcp://") || lower.startsWith("http://")) {
        return port(text, tls);
      }
      if (lower.startsWith("https://")) {
        return port(text, Optional.of(tls.orElse(DaemonTls.OF_THIS_MACHINE)));
      }
    } catch (InvalidPathException | URISyntaxException e) {
      throw unexpected(text, e);
    }
    if (lower.startsWith("ssh://") || lower.startsWith("npipe://") || lower.startsWith("fd://")) {
      throw new ImageException(
          "the Docker daemon at %s: only unix:// and tcp:// are supported; for ssh, forward the"
                  .formatted(text)
              + " socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST");
    }
    throw unexpected(text, null);
  }

  private static DaemonAddress port(String text, Optional<DaemonTls> tls)
      throws URISyntaxException, ImageException {
    URI uri = new URI(text);
    String host = uri.getHost();
    boolean bare = uri.getPath().isEmpty() || uri.getPath().equals("/");
    if (host == null || !bare || uri.getQuery() != null || uri.getUserInfo() != null) {
      throw unexpected(text, null);
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : tls.isPresent() ? TLS_PORT : PLAIN_PORT;
    String plain = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return new Port(plain, port, tls);
  }

  private static ImageException unexpected(
      String text, @org.jspecify.annotations.Nullable Exception cause) {
    String message =
        "expected the address of a Docker daemon, unix:///PATH or tcp://HOST:PORT, found '%s'"
            .formatted(text);
    return cause == null ? new ImageException(message) : new ImageException(message, cause);
  }
}
