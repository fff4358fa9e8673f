package dev.slipway.http.client;

import java.net.URI;

/** What may be shown of an address: queries of redirects are as good as passwords. */
public final class Redacted {
  private Redacted() {}

  /** The address without user, password, query and fragment. */
  public static URI uri(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return URI.create(uri.getScheme() + "://" + host + port + path);
  }
}
