package dev.slipway.store;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A plain web server that serves a folder, and does otherwise where it is told to. */
public final class WebCache implements AutoCloseable {
  private static final Queue<Answer> NONE = new ConcurrentLinkedQueue<>();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Path folder;
  private final Map<String, Queue<Answer>> faults = new ConcurrentHashMap<>();

  /** The paths that were asked for, with what proved who was asking. */
  public final List<String> seen = new CopyOnWriteArrayList<>();

  /** What an {@code Authorization} header must be; empty if everybody may ask. */
  public volatile String secret = "";

  /** Answers once in place of the server. */
  @FunctionalInterface
  interface Answer {
    /** Answers. */
    void answer(HttpExchange exchange) throws IOException;
  }

  /** Serves {@code folder}. */
  public WebCache(Path folder) throws IOException {
    this.folder = folder;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Its address, with what stands before the host. */
  public String url(String user) {
    return "http://" + user + "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Its address. */
  public String url() {
    return url("");
  }

  /** Answers the next request for {@code path} otherwise; the following ones by further calls. */
  void next(String path, Answer answer) {
    faults.computeIfAbsent(path, _ -> new ConcurrentLinkedQueue<>()).add(answer);
  }

  /** An answer that has but a status. */
  static Answer status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  /** An answer that breaks off after so many bytes of the file. */
  Answer cut(int after) {
    return exchange -> {
      byte[] bytes = Files.readAllBytes(file(exchange));
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes, 0, after);
      exchange.getResponseBody().flush();
      throw new IOException("cut");
    };
  }

  private Path file(HttpExchange exchange) {
    return folder.resolve(exchange.getRequestURI().getPath().substring(1));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      String range = exchange.getRequestHeaders().getFirst("Range");
      seen.add(path + (range == null ? "" : " " + range));
      Answer fault = faults.getOrDefault(path, NONE).poll();
      if (fault != null) {
        fault.answer(exchange);
        return;
      }
      if (!secret.isEmpty() && !secret.equals(authorization)) {
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      Path file = file(exchange);
      if (!Files.isRegularFile(file)) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      byte[] bytes = Files.readAllBytes(file);
      int from = 0;
      if (range != null) {
        from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
        exchange
            .getResponseHeaders()
            .add("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
      }
      exchange.sendResponseHeaders(range == null ? 200 : 206, bytes.length - from);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(bytes, from, bytes.length - from);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
