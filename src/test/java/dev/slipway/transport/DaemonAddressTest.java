package dev.slipway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DaemonAddressTest {
  private static final Optional<DaemonTls> TLS = Optional.of(DaemonTls.OF_THIS_MACHINE);

  @ParameterizedTest
  @CsvSource({
    "unix:///run/docker.sock, unix:///run/docker.sock",
    "UNIX:///a, unix:///a",
    "unix://relative/sock, unix://relative/sock",
    "tcp://host, tcp://host:2375",
    "tcp://10.0.0.1:99, tcp://10.0.0.1:99",
    "tcp://host:99/, tcp://host:99",
    "tcp://[::1]:99, tcp://[::1]:99",
    "http://host:80, tcp://host:80",
    "https://host, tcp://host:2376"
  })
  void readsWhatDockerReads(String text, String shown) throws Exception {
    assertThat(DaemonAddress.parse(text, Optional.empty())).hasToString(shown);
  }

  @Test
  void protectsPortsOnlyWhereThatIsAskedFor() throws Exception {
    assertThat(DaemonAddress.parse("tcp://host", TLS))
        .isEqualTo(new DaemonAddress.Port("host", 2376, TLS));
    assertThat(DaemonAddress.parse("https://host", Optional.empty()))
        .isEqualTo(new DaemonAddress.Port("host", 2376, TLS));
    assertThat(DaemonAddress.parse("unix:///sock", TLS))
        .isEqualTo(new DaemonAddress.Socket(Path.of("/sock")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "unix://",
        "tcp://",
        "/var/run/docker.sock",
        "tcp://host:x",
        "tcp://user@host",
        "tcp://host/path",
        "tcp://host?query",
        "ftp://host",
        "tcp://a b"
      })
  void refusesWhatIsNoAddress(String text) {
    assertThatThrownBy(() -> DaemonAddress.parse(text, Optional.empty()))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "expected the address of a Docker daemon, unix:///PATH or tcp://HOST:PORT, found '"
                + text
                + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ssh://host", "npipe:////./pipe/docker_engine", "fd://"})
  void saysWhatIsNotSupported(String text) {
    assertThatThrownBy(() -> DaemonAddress.parse(text, Optional.empty()))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("the Docker daemon at " + text + ": only unix:// and tcp://");
  }
}
