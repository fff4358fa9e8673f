package dev.slipway.http.client;

import java.net.URI;
import java.util.Locale;

/**
 * Whom one speaks to: secrets for one are not for another (RFC 6454).
 *
 * @param scheme {@code http} or {@code https}
 * @param host its name, in lower case
 * @param port its port, always given
 */
public record Origin(String scheme, String host, int port) {
  /** Who is behind an address. */
  public static Origin of(URI uri) {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? 443 : 80;
    return new Origin(scheme, host, port);
  }

  /** Whether nobody in between can read it. */
  public boolean isEncrypted() {
    return scheme.equals("https");
  }
}
