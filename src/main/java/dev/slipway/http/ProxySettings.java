package dev.slipway.http;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Which proxy to go through.
 *
 * @param http for plain HTTP, with a user and a password in it if the proxy asks for them
 * @param https for HTTPS, likewise
 * @param exceptions hosts that are reached without one: as in {@code NO_PROXY}, each a name with
 *     all that are below it, an address, a block of addresses, or {@code *}
 */
public record ProxySettings(Optional<URI> http, Optional<URI> https, List<String> exceptions) {
  /** No proxy. */
  public static final ProxySettings NONE =
      new ProxySettings(Optional.empty(), Optional.empty(), List.of());

  /** Takes a copy; refuses proxies that are not spoken to over HTTP. */
  public ProxySettings {
    exceptions = List.copyOf(exceptions);
    refuse(http);
    refuse(https);
  }

  private static void refuse(Optional<URI> proxy) {
    if (proxy.isPresent()
        && (!"http".equals(proxy.get().getScheme()) || proxy.get().getHost() == null)) {
      // What else it says may hold a password.
      throw new IllegalArgumentException(
          "expected a proxy as http://HOST:PORT, found one with the scheme '"
              + proxy.get().getScheme()
              + "'");
    }
  }

  @Override
  public String toString() {
    return "ProxySettings[…]";
  }
}
