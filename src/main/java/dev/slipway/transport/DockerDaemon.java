package dev.slipway.transport;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Layer;
import dev.slipway.oci.CompactJson;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.Message;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.entity.AbstractBinAsyncEntityConsumer;
import org.apache.hc.core5.http.nio.support.BasicRequestProducer;
import org.apache.hc.core5.http.nio.support.BasicResponseConsumer;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * A daemon that keeps images: Docker's, or podman's, which speaks the same language (Docker Engine
 * API 1.40 and later).
 */
public final class DockerDaemon implements Closeable {
  /** More images than this are not looked at for layers that the daemon has. */
  private static final int MOST_IMAGES = 1000;

  private static final String LOAD = "/images/load?quiet=1";
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;

  private final String name;
  private final HttpHost host;
  private final CloseableHttpAsyncClient client;

  private DockerDaemon(String name, HttpHost host, CloseableHttpAsyncClient client) {
    this.name = name;
    this.host = host;
    this.client = client;
  }

  /**
   * The daemon that listens there; nothing is asked of it yet.
   *
   * @throws ImageException if a certificate or key is not what it should be
   * @throws IOException if one cannot be read
   */
  public static DockerDaemon at(DaemonAddress address) throws IOException {
    // To take in an image may take long after its last byte was sent.
    RequestConfig.Builder requests = RequestConfig.custom().setResponseTimeout(Timeout.DISABLED);
    PoolingAsyncClientConnectionManagerBuilder connections =
        PoolingAsyncClientConnectionManagerBuilder.create()
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(Timeout.ofSeconds(30))
                    .setSocketTimeout(Timeout.DISABLED)
                    .build());
    HttpHost host =
        switch (address) {
          case DaemonAddress.Socket socket -> {
            requests.setUnixDomainSocket(socket.path().toAbsolutePath());
            yield new HttpHost("http", "localhost");
          }
          case DaemonAddress.Port port -> {
            if (port.tls().isPresent()) {
              ClientTlsStrategyBuilder tls =
                  ClientTlsStrategyBuilder.create().setSslContext(port.tls().get().context());
              if (!port.tls().get().verify()) {
                tls.setHostnameVerifier(NoopHostnameVerifier.INSTANCE);
              }
              connections.setTlsStrategy(tls.buildAsync());
            }
            yield new HttpHost(port.tls().isPresent() ? "https" : "http", port.host(), port.port());
          }
        };
    CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .setConnectionManager(connections.build())
            .setDefaultRequestConfig(requests.build())
            .disableAutomaticRetries()
            .disableRedirectHandling()
            .disableCookieManagement()
            .build();
    client.start();
    return new DockerDaemon("the Docker daemon at " + address, host, client);
  }

  /**
   * Puts an image into the daemon. Of the layers that it has already, as the lowest ones of other
   * images, only those are sent that it cannot do without.
   *
   * @param repoTags its names; those without a tag, as layouts have them, are left out
   * @param config its config
   * @param layers its layers, from the bottom
   * @param sent hears how many more bytes of layers have been sent
   * @param said hears what the daemon says
   * @throws DaemonException if the daemon refuses
   * @throws IOException if it cannot be reached, or a layer not be read
   */
  public LoadedImage load(
      List<String> repoTags,
      byte[] config,
      List<Layer> layers,
      LongConsumer sent,
      Consumer<String> said)
      throws IOException {
    int present = keepsLayers() ? present(layers.stream().map(Layer::diffId).toList()) : 0;
    if (present > 0) {
      List<String> heard = new ArrayList<>();
      try {
        long bytes = send(repoTags, config, layers, present, sent, heard::add);
        if (find("/images/" + Digest.of(config) + "/json").isPresent()) {
          heard.forEach(said);
          return new LoadedImage(present, bytes, size(layers));
        }
      } catch (DaemonException e) {
        // Somebody has removed the image that had these layers. Then it needs them all.
      }
    }
    return new LoadedImage(0, send(repoTags, config, layers, 0, sent, said), size(layers));
  }

  private static long size(List<Layer> layers) {
    return layers.stream().mapToLong(layer -> layer.tar().size()).sum();
  }

  /** Whether layers are kept by what lies below them, and those that are kept need not be sent. */
  private boolean keepsLayers() throws IOException {
    JsonObject version = object(get("/version"), "/version");
    boolean engine = false;
    for (JsonValue component : elements(version.get("Components"))) {
      engine |= component instanceof JsonObject it && "Engine".equals(text(it.get("Name")));
    }
    if (!engine) {
      return false;
    }
    // One that leaves images to containerd takes nothing but whole ones.
    JsonObject info = object(get("/info"), "/info");
    for (JsonValue pair : elements(info.get("DriverStatus"))) {
      List<JsonValue> parts = elements(pair);
      if (parts.size() == 2 && "driver-type".equals(text(parts.getFirst()))) {
        return false;
      }
    }
    return true;
  }

  /** How many of the layers are, in the same order, the lowest ones of one of its images. */
  private int present(List<DiffId> wanted) throws IOException {
    JsonValue images = get("/images/json");
    int most = 0;
    int seen = 0;
    for (JsonValue image : elements(images)) {
      String id = image instanceof JsonObject it ? text(it.get("Id")) : "";
      if (id.isEmpty() || seen++ == MOST_IMAGES || most == wanted.size()) {
        continue;
      }
      Optional<JsonValue> found = find("/images/" + escaped(id) + "/json");
      if (found.isPresent()
          && found.get() instanceof JsonObject described
          && described.get("RootFS") instanceof JsonObject rootfs) {
        List<JsonValue> layers = elements(rootfs.get("Layers"));
        int same = 0;
        while (same < Math.min(layers.size(), wanted.size())
            && text(layers.get(same)).equals(wanted.get(same).toString())) {
          same++;
        }
        most = Math.max(most, same);
      }
    }
    return most;
  }

  /** Sends all layers but the lowest ones, and returns how many bytes these had. */
  private long send(
      List<String> repoTags,
      byte[] config,
      List<Layer> layers,
      int without,
      LongConsumer sent,
      Consumer<String> said)
      throws IOException {
    SortedArchive archive = new SortedArchive(0);
    List<String> names = new ArrayList<>();
    Set<String> added = new HashSet<>();
    long bytes = 0;
    for (int i = 0; i < layers.size(); i++) {
      Blob tar = layers.get(i).tar();
      String place = tar.digest().hex() + "/layer.tar";
      names.add(place);
      if (i >= without && added.add(place)) {
        archive.file(place, 0644, tar);
        bytes += tar.size();
      }
    }
    String configName = Digest.of(config).hex() + ".json";
    archive.file(configName, 0644, config);
    JsonObject image =
        JsonObject.EMPTY
            .with("Config", configName)
            .with(
                "RepoTags",
                JsonArray.ofStrings(
                    repoTags.stream().filter(name -> new ImageName(name).isWhole()).toList()))
            .with("Layers", JsonArray.ofStrings(names));
    archive.file("manifest.json", 0644, CompactJson.write(new JsonArray(List.of(image))));
    post(
        archive,
        (place, size) -> {
          if (added.contains(place)) {
            sent.accept(size);
          }
        },
        said);
    return bytes;
  }

  private void post(
      SortedArchive archive,
      java.util.function.ObjLongConsumer<String> written,
      Consumer<String> said)
      throws IOException {
    StreamedBody body = new StreamedBody("application/x-tar");
    Future<Message<HttpResponse, byte[]>> asked = start("POST", LOAD, body);
    try {
      archive.writeTo(body, written);
      body.close();
    } catch (ClosedChannelException e) {
      // There is an answer already, or a fault, which is told below.
    } catch (IOException | RuntimeException e) {
      asked.cancel(true);
      throw e;
    }
    for (String line : new String(answer(asked), StandardCharsets.UTF_8).split("\n", -1)) {
      hear(line, said);
    }
  }

  /** One of the values that a daemon answers with while it works. */
  private void hear(String line, Consumer<String> said) throws ImageException {
    if (line.isBlank()) {
      return;
    }
    JsonObject message =
        object(
            Json.parse(
                line.getBytes(StandardCharsets.UTF_8), name + ": its answer", JsonLimits.FOREIGN),
            "/images/load");
    String error = text(message.get("error"));
    if (error.isEmpty() && message.get("errorDetail") instanceof JsonObject detail) {
      error = text(detail.get("message"));
    }
    if (!error.isEmpty()) {
      throw new DaemonException(name, OK, error);
    }
    String stream = text(message.get("stream")).strip();
    if (!stream.isEmpty()) {
      said.accept(stream);
    }
  }

  // -- Requests and their answers

  private JsonValue get(String path) throws IOException {
    return Json.parse(answer(start("GET", path, null)), name + path, JsonLimits.FOREIGN);
  }

  /** The same, empty if there is no such thing. */
  private Optional<JsonValue> find(String path) throws IOException {
    try {
      return Optional.of(get(path));
    } catch (DaemonException e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private Future<Message<HttpResponse, byte[]>> start(
      String method, String path, @Nullable StreamedBody body) {
    return client.execute(
        new BasicRequestProducer(new BasicHttpRequest(method, host, path), body),
        new BasicResponseConsumer<>(new BoundedBytes(name + path)),
        new FutureCallback<>() {
          @Override
          public void completed(Message<HttpResponse, byte[]> answer) {
            end();
          }

          @Override
          public void failed(Exception fault) {
            end();
          }

          @Override
          public void cancelled() {
            end();
          }

          private void end() {
            if (body != null) {
              body.end();
            }
          }
        });
  }

  /** What the daemon answers, if that is no refusal. */
  private byte[] answer(Future<Message<HttpResponse, byte[]>> asked) throws IOException {
    Message<HttpResponse, byte[]> answer;
    try {
      answer = asked.get();
    } catch (InterruptedException e) {
      asked.cancel(true);
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw cause instanceof ImageException known
          ? known
          : new IOException(name + ": " + reason(cause), e);
    }
    byte[] bytes = answer.getBody() == null ? new byte[0] : answer.getBody();
    int status = answer.getHead().getCode();
    if (status / 100 != 2) {
      throw new DaemonException(name, status, refusal(status, bytes));
    }
    return bytes;
  }

  /** What was wrong in the first place: the client's own exceptions wrap it. */
  private static String reason(Throwable fault) {
    Throwable first = fault;
    while (first.getCause() instanceof Exception cause) {
      first = cause;
    }
    String message = first.getMessage();
    if (message == null) {
      return "the connection failed";
    }
    return message.endsWith("No such file or directory") || message.endsWith("Connection refused")
        ? message + "; is it running?"
        : message;
  }

  private static String refusal(int status, byte[] body) {
    try {
      if (Json.parse(body, "", JsonLimits.FOREIGN) instanceof JsonObject object) {
        String message = text(object.get("message"));
        if (!message.isEmpty()) {
          return message;
        }
      }
    } catch (ImageException e) {
      // Not what the API promises; some proxy perhaps.
    }
    String text = new String(body, StandardCharsets.UTF_8).strip();
    return "status " + status + (text.isEmpty() ? "" : ": " + text);
  }

  /** An answer, as far as it may be read. */
  private static final class BoundedBytes extends AbstractBinAsyncEntityConsumer<byte[]> {
    private final String what;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    BoundedBytes(String what) {
      this.what = what;
    }

    @Override
    protected void streamStart(ContentType contentType) {}

    @Override
    protected int capacityIncrement() {
      return Integer.MAX_VALUE;
    }

    @Override
    protected void data(ByteBuffer source, boolean endOfStream) throws IOException {
      byte[] part = new byte[source.remaining()];
      source.get(part);
      bytes.writeBytes(part);
      if (bytes.size() > JsonLimits.FOREIGN.maxBytes()) {
        throw new ImageException(
            "%s: larger than the %d bytes that are allowed"
                .formatted(what, JsonLimits.FOREIGN.maxBytes()));
      }
    }

    @Override
    protected byte[] generateContent() {
      return bytes.toByteArray();
    }

    @Override
    public void releaseResources() {
      bytes.reset();
    }
  }

  private JsonObject object(JsonValue value, String path) throws ImageException {
    if (value instanceof JsonObject object) {
      return object;
    }
    throw new ImageException(
        "%s%s: expected an object, found %s".formatted(name, path, value.kind()));
  }

  private static List<JsonValue> elements(@Nullable JsonValue value) {
    return value instanceof JsonArray array ? array.elements() : List.of();
  }

  private static String text(@Nullable JsonValue value) {
    return value instanceof JsonString string ? string.value() : "";
  }

  private static String escaped(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8);
  }

  /** What it is called in messages. */
  @Override
  public String toString() {
    return name;
  }

  /** Ends all connections. */
  @Override
  public void close() throws IOException {
    client.close();
  }
}
