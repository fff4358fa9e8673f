package dev.slipway.registry;

import java.net.URI;

/** What may be shown of an address: queries of redirects are as good as passwords. */
final class Redacted {
  private Redacted() {}

  static URI uri(URI uri) {
    String host = uri.getHost() == null ? "" : uri.getHost();
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return URI.create(uri.getScheme() + "://" + host + port + path);
  }
}
