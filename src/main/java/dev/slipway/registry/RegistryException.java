package dev.slipway.registry;

import dev.slipway.oci.ImageException;
import java.net.URI;
import java.util.List;

/** A registry answered with something else than what was asked for. */
public final class RegistryException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final String method;
  private final URI uri;
  private final int status;
  private final transient List<RegistryError> errors;

  /**
   * An answer to {@code method}.
   *
   * @param uri what was asked for; what follows a question mark is not shown
   * @param errors what the registry says of it, perhaps nothing
   */
  RegistryException(String method, URI uri, int status, List<RegistryError> errors) {
    super(message(method, uri, status, errors));
    this.method = method;
    this.uri = Redacted.uri(uri);
    this.status = status;
    this.errors = List.copyOf(errors);
  }

  private static String message(String method, URI uri, int status, List<RegistryError> errors) {
    StringBuilder message =
        new StringBuilder()
            .append(method)
            .append(' ')
            .append(Redacted.uri(uri))
            .append(": ")
            .append(reason(status));
    for (RegistryError error : errors) {
      message.append(": ").append(error);
    }
    return message.toString();
  }

  private static String reason(int status) {
    return switch (status) {
      case 400 -> "400 bad request";
      case 401 -> "401 unauthorized";
      case 403 -> "403 forbidden";
      case 404 -> "404 not found";
      case 405 -> "405 method not allowed";
      case 413 -> "413 too large";
      case 416 -> "416 range not satisfiable";
      case 429 -> "429 too many requests";
      case 500 -> "500 internal server error";
      case 502 -> "502 bad gateway";
      case 503 -> "503 service unavailable";
      case 504 -> "504 gateway timeout";
      default -> "unexpected status " + status;
    };
  }

  /** What was done. */
  public String method() {
    return method;
  }

  /** To what, without secrets. */
  public URI uri() {
    return uri;
  }

  /** The status of the answer (RFC 9110, section 15). */
  public int status() {
    return status;
  }

  /** What the registry says of it. */
  public List<RegistryError> errors() {
    return errors;
  }

  /** Whether it names this error, such as {@code MANIFEST_UNKNOWN}. */
  boolean has(String code) {
    return errors.stream().anyMatch(error -> error.code().equals(code));
  }
}
