package dev.slipway.registry;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy that wants a password, and leads to one place whatever it is asked for. */
final class TestProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final String authorization;

  /** What it was asked for. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  TestProxy(int target, String authorization) throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.target = target;
    this.authorization = authorization;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException _) {
        return; // Closed.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      String head = head(client.getInputStream());
      asked.add(head.lines().findFirst().orElse(""));
      if (!head.contains("Proxy-Authorization: " + authorization + "\r\n")) {
        client
            .getOutputStream()
            .write(
                "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(US_ASCII));
        return;
      }
      try (Socket registry = new Socket(InetAddress.getLoopbackAddress(), target)) {
        client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(US_ASCII));
        Thread back = Thread.ofVirtual().start(() -> copy(registry, client));
        copy(client, registry);
        back.join();
      }
    } catch (IOException _) {
      // The client sees what comes of it.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended early");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void copy(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException _) {
      // Either side may close when it likes.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
