package dev.slipway.http.client;

import dev.slipway.http.ProxySettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Chooses proxies as Go's programs do (golang.org/x/net/http/httpproxy). */
final class Proxies extends ProxySelector {
  private final ProxySettings settings;

  Proxies(ProxySettings settings) {
    this.settings = settings;
  }

  @Override
  public List<Proxy> select(URI uri) {
    Optional<URI> proxy = proxy(uri);
    if (proxy.isEmpty()) {
      return List.of(Proxy.NO_PROXY);
    }
    int port = proxy.get().getPort() < 0 ? 80 : proxy.get().getPort();
    return List.of(
        new Proxy(
            Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.get().getHost(), port)));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException fault) {
    // There is no other proxy to try.
  }

  /** What the proxy to this address wants to be told, if it has been given credentials. */
  Optional<String> authorization(URI uri) {
    return proxy(uri).map(URI::getRawUserInfo).map(BasicCredentials::ofUserInfo);
  }

  private Optional<URI> proxy(URI uri) {
    Origin origin = Origin.of(uri);
    Optional<URI> proxy = origin.isEncrypted() ? settings.https() : settings.http();
    return proxy.filter(_ -> !isExcepted(origin));
  }

  private boolean isExcepted(Origin origin) {
    String host = origin.host().replaceAll("[\\[\\]]", "");
    Optional<InetAddress> address = address(host);
    if (host.equals("localhost") || address.map(InetAddress::isLoopbackAddress).orElse(false)) {
      return true;
    }
    for (String exception : settings.exceptions()) {
      String entry = exception.strip().toLowerCase(Locale.ROOT);
      if (!entry.isEmpty() && matches(entry, host, origin.port(), address)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(
      String exception, String host, int port, Optional<InetAddress> address) {
    String entry = exception;
    if (entry.equals("*")) {
      return true;
    }
    int slash = entry.indexOf('/');
    if (slash > 0) {
      return address.isPresent() && isWithin(address.get(), entry, slash);
    }
    int colon = entry.lastIndexOf(':');
    // More than one colon makes an address without a port.
    if (colon > 0 && (entry.indexOf(':') == colon || entry.charAt(colon - 1) == ']')) {
      if (!entry.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      entry = entry.substring(0, colon);
    }
    entry = entry.replaceAll("[\\[\\]]", "");
    if (address.isPresent()) {
      return address.equals(address(entry));
    }
    String name = entry.startsWith("*.") ? entry.substring(1) : entry;
    return name.startsWith(".")
        ? host.endsWith(name)
        : host.equals(name) || host.endsWith("." + name);
  }

  private static boolean isWithin(InetAddress address, String block, int slash) {
    Optional<InetAddress> base = address(block.substring(0, slash));
    String length = block.substring(slash + 1);
    if (base.isEmpty() || !length.matches("[0-9]{1,3}")) {
      return false;
    }
    byte[] one = base.get().getAddress();
    byte[] other = address.getAddress();
    int bits = Integer.parseInt(length);
    if (one.length != other.length || bits > 8 * one.length) {
      return false;
    }
    for (int i = 0; i < bits; i++) {
      int mask = 0x80 >> (i & 7);
      if ((one[i >> 3] & mask) != (other[i >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The address that this text is; a name is none, and is not looked up. */
  private static Optional<InetAddress> address(String text) {
    try {
      boolean literal = text.indexOf(':') >= 0 || text.matches("[0-9]+(\\.[0-9]+){3}");
      return literal ? Optional.of(InetAddress.getByName(text)) : Optional.empty();
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
