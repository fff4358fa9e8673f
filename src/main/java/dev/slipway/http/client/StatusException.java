package dev.slipway.http.client;

import dev.slipway.oci.ImageException;
import java.net.URI;

/** A server answered with something else than what was asked for. */
public class StatusException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final String method;
  private final URI uri;
  private final int status;

  /**
   * An answer to {@code method}.
   *
   * @param uri what was asked for; what follows a question mark is not shown
   * @param more what the server says of it, perhaps nothing
   */
  public StatusException(String method, URI uri, int status, String more) {
    super(method + " " + Redacted.uri(uri) + ": " + reason(status) + more);
    this.method = method;
    this.uri = Redacted.uri(uri);
    this.status = status;
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
  public final String method() {
    return method;
  }

  /** To what, without secrets. */
  public final URI uri() {
    return uri;
  }

  /** The status of the answer (RFC 9110, section 15). */
  public final int status() {
    return status;
  }
}
