package dev.slipway.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.MediaType;
import dev.slipway.oci.RepositoryName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A registry that nobody vouches for, and that does what it is told to, faults included. */
public final class FakeRegistry implements AutoCloseable {
  private final HttpsServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final AtomicInteger uploads = new AtomicInteger();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final Map<String, ByteArrayOutputStream> open = new ConcurrentHashMap<>();

  public final List<Seen> seen = new CopyOnWriteArrayList<>();
  public final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  public final Map<String, Document> manifests = new ConcurrentHashMap<>();

  /** The most that an upload takes at once. */
  volatile int mostAtOnce = Integer.MAX_VALUE;

  volatile @Nullable String leastChunk;

  /** Whether another repository's blobs can be had; else such a request begins an upload. */
  public volatile boolean mounts = true;

  /** Whether what is too much is read before it is refused. */
  volatile boolean readsWhatItRefuses = true;

  /** A manifest, as it was put there. */
  public static final class Document {
    private final MediaType type;
    private final byte[] bytes;

    public Document(MediaType type, byte[] bytes) {
      this.type = type;
      this.bytes = bytes;
    }
  }

  /** A request that came in, perhaps of somebody who showed a certificate. */
  public record Seen(
      String method,
      String path,
      String query,
      Map<String, List<String>> headers,
      boolean certified) {
    public String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }

    @Override
    public String toString() {
      return method + " " + path + (query.isEmpty() ? "" : "?" + query);
    }
  }

  /** Answers in place of the registry; false to leave it to the registry after all. */
  @FunctionalInterface
  public interface Answer {
    boolean answer(HttpExchange exchange) throws IOException;
  }

  private record Rule(String method, String path, AtomicInteger left, Answer answer) {}

  public FakeRegistry() throws IOException {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(TestCertificate.context()) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters tls = getSSLContext().getDefaultSSLParameters();
            tls.setWantClientAuth(true);
            parameters.setSSLParameters(tls);
          }
        });
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public String domain() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  public RepositoryName repository(String path) {
    return new RepositoryName(domain(), path);
  }

  public ImageReference reference(String path) throws ImageException {
    return ImageReference.parse(domain() + "/" + path);
  }

  public Digest add(byte[] blob) {
    Digest digest = Digest.of(blob);
    blobs.put(digest, blob);
    return digest;
  }

  /** The blob, which must be there. */
  public byte[] blob(Digest digest) {
    return Objects.requireNonNull(blobs.get(digest));
  }

  /** The next {@code times} requests like this are answered so. */
  public void next(int times, String method, String path, Answer answer) {
    rules.add(new Rule(method, path, new AtomicInteger(times), answer));
  }

  /** All requests like this are answered so. */
  public void always(String method, String path, Answer answer) {
    next(Integer.MAX_VALUE, method, path, answer);
  }

  public List<String> requests(String method) {
    return seen.stream().filter(each -> each.method().equals(method)).map(Seen::path).toList();
  }

  public static Answer status(int status, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
      return true;
    };
  }

  public static Answer text(int status, String text) {
    return bytes(status, text.replace('\'', '"').getBytes(UTF_8));
  }

  public static Answer bytes(int status, byte[] bytes) {
    return exchange -> {
      send(exchange, status, bytes);
      return true;
    };
  }

  /** Promises {@code whole}, sends so many bytes of it, and closes the connection. */
  public static Answer cut(byte[] whole, int after) {
    return cut(whole, after, new CountDownLatch(0));
  }

  /** The same, closing the connection when {@code when} says so. */
  static Answer cut(byte[] whole, int after, CountDownLatch when) {
    return exchange -> {
      exchange.sendResponseHeaders(200, whole.length);
      OutputStream out = exchange.getResponseBody();
      out.write(whole, 0, after);
      out.flush();
      await(when);
      throw new IOException("cut");
    };
  }

  /** Promises {@code whole}, sends so many bytes of it, and nothing more. */
  public Answer stall(byte[] whole, int after) {
    return exchange -> {
      exchange.sendResponseHeaders(200, whole.length);
      OutputStream out = exchange.getResponseBody();
      out.write(whole, 0, after);
      out.flush();
      awaitClose();
      return true;
    };
  }

  void awaitClose() throws IOException {
    await(closed);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String path = exchange.getRequestURI().getPath();
    String query = Optional.ofNullable(exchange.getRequestURI().getRawQuery()).orElse("");
    seen.add(
        new Seen(
            method,
            path,
            query,
            Map.copyOf(exchange.getRequestHeaders()),
            isCertified((HttpsExchange) exchange)));
    try {
      for (Rule rule : rules) {
        if (rule.method().equals(method)
            && path.matches(rule.path())
            && rule.left().getAndUpdate(left -> Math.max(left - 1, 0)) > 0
            && rule.answer().answer(exchange)) {
          return;
        }
      }
      answer(exchange, method, path, query);
    } finally {
      exchange.close();
    }
  }

  private static boolean isCertified(HttpsExchange exchange) {
    try {
      return exchange.getSSLSession().getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException _) {
      return false;
    }
  }

  private void answer(HttpExchange exchange, String method, String path, String query)
      throws IOException {
    int blob = path.indexOf("/blobs/sha256:");
    int manifest = path.indexOf("/manifests/");
    if (path.equals("/v2/")) {
      send(exchange, 200, new byte[0]);
    } else if (path.endsWith("/blobs/uploads/")) {
      begin(exchange, path, query);
    } else if (path.contains("/blobs/uploads/")) {
      upload(exchange, method, path, query);
    } else if (blob > 0) {
      content(exchange, blobs.get(Digest.parse(path.substring(blob + "/blobs/".length()))));
    } else if (manifest > 0 && method.equals("PUT")) {
      byte[] bytes = exchange.getRequestBody().readAllBytes();
      MediaType type = MediaType.ofHeader(exchange.getRequestHeaders().getFirst("Content-Type"));
      manifests.put(path.substring(manifest + "/manifests/".length()), new Document(type, bytes));
      exchange.getResponseHeaders().add("Docker-Content-Digest", Digest.of(bytes).toString());
      send(exchange, 201, new byte[0]);
    } else if (manifest > 0) {
      Document document = manifests.get(path.substring(manifest + "/manifests/".length()));
      if (document != null) {
        exchange.getResponseHeaders().add("Content-Type", document.type.value());
        exchange
            .getResponseHeaders()
            .add("Docker-Content-Digest", Digest.of(document.bytes).toString());
      }
      content(exchange, document == null ? null : document.bytes);
    } else {
      send(exchange, 404, new byte[0]);
    }
  }

  private static void content(HttpExchange exchange, byte @Nullable [] bytes) throws IOException {
    if (bytes == null) {
      text(404, "{'errors':[{'code':'UNKNOWN','message':'not here'}]}").answer(exchange);
      return;
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      send(exchange, 200, bytes);
      return;
    }
    int from = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-", "$1"));
    exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    send(exchange, 206, Arrays.copyOfRange(bytes, from, bytes.length));
  }

  private void begin(HttpExchange exchange, String path, String query) throws IOException {
    if (query.startsWith("mount=") && mounts) {
      Digest digest = Digest.parse(query.substring("mount=".length(), query.indexOf('&')));
      if (blobs.containsKey(digest)) {
        send(exchange, 201, new byte[0]);
        return;
      }
    }
    exchange.getResponseHeaders().add("Location", openUpload(path) + "?state=secret");
    if (leastChunk != null) {
      exchange.getResponseHeaders().add("OCI-Chunk-Min-Length", leastChunk);
    }
    send(exchange, 202, new byte[0]);
  }

  /** Begins an upload, and says where it is. */
  String openUpload(String path) {
    String id = "u" + uploads.incrementAndGet();
    open.put(id, new ByteArrayOutputStream());
    return path + id;
  }

  /** Takes all that is sent to an upload, and leaves the answer to others. */
  void take(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    ByteArrayOutputStream bytes = open.get(path.substring(path.lastIndexOf('/') + 1));
    if (bytes != null) {
      exchange.getRequestBody().transferTo(bytes);
    }
  }

  private void upload(HttpExchange exchange, String method, String path, String query)
      throws IOException {
    String id = path.substring(path.lastIndexOf('/') + 1);
    ByteArrayOutputStream bytes = open.get(id);
    if (bytes == null) {
      text(404, "{'errors':[{'code':'BLOB_UPLOAD_UNKNOWN'}]}").answer(exchange);
      return;
    }
    switch (method) {
      case "PATCH" -> {
        long length = Long.parseLong(exchange.getRequestHeaders().getFirst("Content-Length"));
        String range = exchange.getRequestHeaders().getFirst("Content-Range");
        if (length > mostAtOnce) {
          if (readsWhatItRefuses) {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
          }
          send(exchange, 413, new byte[0]);
        } else if (range != null && !range.startsWith(bytes.size() + "-")) {
          send(exchange, 416, new byte[0]);
        } else {
          exchange.getRequestBody().transferTo(bytes);
          progress(exchange, 202, path, bytes);
        }
      }
      case "GET" -> progress(exchange, 204, path, bytes);
      case "DELETE" -> {
        open.remove(id);
        send(exchange, 204, new byte[0]);
      }
      default -> {
        Digest digest = Digest.parse(query.substring(query.indexOf("digest=") + 7));
        byte[] whole = bytes.toByteArray();
        if (!Digest.of(whole).equals(digest)) {
          text(400, "{'errors':[{'code':'DIGEST_INVALID','message':'wrong digest'}]}")
              .answer(exchange);
        } else {
          open.remove(id);
          blobs.put(digest, whole);
          send(exchange, 201, new byte[0]);
        }
      }
    }
  }

  private static void progress(
      HttpExchange exchange, int status, String path, ByteArrayOutputStream bytes)
      throws IOException {
    exchange.getResponseHeaders().add("Location", path + "?state=secret" + bytes.size());
    exchange.getResponseHeaders().add("Range", "0-" + Math.max(0, bytes.size() - 1));
    send(exchange, status, new byte[0]);
  }

  /** What has arrived of uploads that have not ended. */
  List<ByteArrayOutputStream> unfinished() {
    return new ArrayList<>(open.values());
  }

  /** Takes so many bytes of an upload, then closes the connection. */
  Answer cutUpload(int after) {
    return exchange -> {
      String path = exchange.getRequestURI().getPath();
      ByteArrayOutputStream bytes = open.get(path.substring(path.lastIndexOf('/') + 1));
      if (bytes != null) {
        bytes.write(exchange.getRequestBody().readNBytes(after));
      }
      throw new IOException("cut");
    };
  }

  void forgetUploads() {
    open.clear();
  }

  private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    boolean empty =
        bytes.length == 0 || exchange.getRequestMethod().equals("HEAD") || status == 204;
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(bytes.length));
    }
    exchange.sendResponseHeaders(status, empty ? -1 : bytes.length);
    if (!empty) {
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
