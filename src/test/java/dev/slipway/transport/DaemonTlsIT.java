package dev.slipway.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both sides of a protected port know each other, with keys and certificates that OpenSSL made. */
class DaemonTlsIT {
  @TempDir private static Path folder;

  @BeforeAll
  static void makeKeys() throws Exception {
    openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem");
    for (String name : List.of("server", "client")) {
      Files.writeString(folder.resolve(name + ".ext"), "subjectAltName=DNS:localhost\n");
      openssl(
          "req -newkey rsa:2048 -nodes -subj /CN=%1$s -keyout %1$s.key -out %1$s.csr"
              .formatted(name));
      openssl(
          "x509 -req -in %1$s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out %1$s.pem -extfile %1$s.ext"
              .formatted(name));
    }
    openssl("ecparam -genkey -name prime256v1 -out old.key");
  }

  private static void openssl(String arguments) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(("openssl " + arguments).split(" "))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(folder.resolve("log"))).isZero();
  }

  private static DaemonTls.Identity identity(String name) {
    return new DaemonTls.Identity(folder.resolve(name + ".pem"), folder.resolve(name + ".key"));
  }

  /** A daemon that wants to know its client, and then has nothing for it. */
  private static SSLServerSocket listen() throws IOException {
    DaemonTls own =
        new DaemonTls(Optional.of(folder.resolve("ca.pem")), Optional.of(identity("server")), true);
    SSLServerSocket server =
        (SSLServerSocket)
            own.context()
                .getServerSocketFactory()
                .createServerSocket(0, 0, InetAddress.getLoopbackAddress());
    server.setNeedClientAuth(true);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          while (!server.isClosed()) {
            try (SSLSocket socket = (SSLSocket) server.accept();
                InputStream in = socket.getInputStream()) {
              if (in.read() >= 0) {
                String answer = "{\"message\":\"nothing for you\"}";
                socket
                    .getOutputStream()
                    .write(
                        "HTTP/1.1 500 X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                            .formatted(answer.length(), answer)
                            .getBytes(StandardCharsets.US_ASCII));
              }
            } catch (IOException e) {
              // One that does not trust us, or that we do not trust.
            }
          }
        });
    return server;
  }

  private static void ask(SSLServerSocket server, DaemonTls tls) throws IOException {
    try (DockerDaemon daemon =
        DockerDaemon.at(
            new DaemonAddress.Port("localhost", server.getLocalPort(), Optional.of(tls)))) {
      daemon.load(List.of(), new byte[0], List.<Layer>of(), _ -> {}, _ -> {});
    }
  }

  @Test
  void speaksWithOneThatItTrustsAndThatTrustsIt() throws IOException {
    Optional<Path> authority = Optional.of(folder.resolve("ca.pem"));
    Optional<DaemonTls.Identity> client = Optional.of(identity("client"));
    try (SSLServerSocket server = listen()) {
      assertThatThrownBy(() -> ask(server, new DaemonTls(authority, client, true)))
          .isInstanceOf(DaemonException.class)
          .hasMessageEndingWith(": nothing for you");
      assertThatThrownBy(() -> ask(server, new DaemonTls(Optional.empty(), client, false)))
          .isInstanceOf(DaemonException.class);
      assertThatThrownBy(() -> ask(server, new DaemonTls(Optional.empty(), client, true)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(DaemonException.class)
          .hasMessageContaining("certification path");
      assertThatThrownBy(() -> ask(server, new DaemonTls(authority, Optional.empty(), true)))
          .isInstanceOf(IOException.class)
          .isNotInstanceOf(DaemonException.class);
    }
  }

  @Test
  void saysWhichFileIsNotWhatItShouldBe() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty"));
    assertThatThrownBy(() -> new DaemonTls(Optional.of(empty), Optional.empty(), true).context())
        .hasMessage(empty + ": expected certificates in PEM form, found none");
    Path old = folder.resolve("old.key");
    DaemonTls.Identity identity = new DaemonTls.Identity(folder.resolve("client.pem"), old);
    assertThatThrownBy(() -> new DaemonTls(Optional.empty(), Optional.of(identity), true).context())
        .hasMessage(old + ": expected a private key for RSA, as its certificate has it");
  }
}
