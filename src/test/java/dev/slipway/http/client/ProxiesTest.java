package dev.slipway.http.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.http.ProxySettings;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProxiesTest {
  private static final Proxies PROXIES =
      new Proxies(
          new ProxySettings(
              Optional.of(URI.create("http://plain:8080")),
              Optional.of(URI.create("http://u%40x:p+%3aw@secure:3128")),
              List.of(
                  "example.com",
                  ".below.org",
                  "*.star.net",
                  " Port.com:81 ",
                  "10.1.0.0/16",
                  "192.0.2.7",
                  "[2001:db8::1]:443",
                  "fd00::/8",
                  "")));

  @ParameterizedTest
  @CsvSource({
    "http://a.com/, plain:8080",
    "https://a.com/, secure:3128",
    "https://example.com/, ''",
    "https://a.example.com/, ''",
    "https://anexample.com/, secure:3128",
    "https://below.org/, secure:3128",
    "https://a.below.org/, ''",
    "https://a.star.net/, ''",
    "http://port.com/, plain:8080",
    "http://port.com:81/, ''",
    "http://10.1.2.3/, ''",
    "http://10.2.2.3/, plain:8080",
    "http://192.0.2.7:99/, ''",
    "https://[2001:db8::1]/, ''",
    "https://[2001:db8::1]:444/, secure:3128",
    "https://[fd12::3]/, ''",
    "https://[fe12::3]/, secure:3128",
    "http://localhost:5000/, ''",
    "http://127.0.0.9/, ''",
    "https://[::1]/, ''",
  })
  void goesThroughAProxyButWhereItIsExcepted(URI uri, String expected) {
    Proxy proxy = PROXIES.select(uri).getFirst();
    assertThat(proxy.address() == null ? "" : proxy.address().toString().replaceAll("/.*:", ":"))
        .isEqualTo(expected);
  }

  @Test
  void tellsTheProxyWhoAsks() {
    assertThat(PROXIES.authorization(URI.create("https://a.com/")))
        .contains(BasicCredentials.header("u@x", "p+:w"));
    assertThat(PROXIES.authorization(URI.create("http://a.com/"))).isEmpty();
    assertThat(PROXIES.authorization(URI.create("https://example.com/"))).isEmpty();
  }

  @Test
  void everythingMayBeExcepted() {
    ProxySettings settings =
        new ProxySettings(Optional.of(URI.create("http://p:1")), Optional.empty(), List.of("*"));
    assertThat(new Proxies(settings).select(URI.create("http://a.com/")))
        .containsExactly(Proxy.NO_PROXY);
  }

  @Test
  void refusesOtherProxiesAndShowsNoSecretOfThem() {
    assertThatThrownBy(() ->
            new ProxySettings(
                Optional.of(URI.create("socks5://u:s3cret@p:1")), Optional.empty(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains("socks5")
        .doesNotContain("s3cret");
  }
}
