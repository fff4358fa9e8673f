package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Sends one request at a time, and does not wait for ever. */
public final class Http implements AutoCloseable {
  /** Stands for all servers of which nothing is said that is not said of all. */
  private static final String SHARED = "";

  /** Not the name of a server. */
  private static final String UNIDENTIFIED = " unidentified";

  /** Before servers answer a PUT they read, and perhaps copy, all that they were sent. */
  private static final int PATIENCE = 10;

  private final HttpSettings settings;
  private final Proxies proxies;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, HttpClient> clients = new HashMap<>();
  private final Set<Origin> reached = ConcurrentHashMap.newKeySet();

  /** Has spoken to nobody yet. */
  public Http(HttpSettings settings) {
    this.settings = settings;
    this.proxies = new Proxies(settings.proxies());
  }

  /**
   * The client for a server; those that trust the same share one.
   *
   * @param identified whether it proves who asks
   */
  private synchronized HttpClient client(String domain, boolean identified) throws IOException {
    String key = identified ? domain : domain + UNIDENTIFIED;
    HttpClient client = clients.get(key);
    if (client == null) {
      Trust trust = new Trust(settings, domain);
      client = trust.isOwn() ? client(trust, identified) : clients.get(SHARED);
      if (client == null) {
        client = client(trust, false);
        clients.put(SHARED, client);
      }
      clients.put(key, client);
    }
    return client;
  }

  private HttpClient client(Trust trust, boolean identified) throws IOException {
    return HttpClient.newBuilder()
        .connectTimeout(settings.connectTimeout())
        .executor(executor)
        .followRedirects(HttpClient.Redirect.NEVER)
        .proxy(proxies)
        .sslContext(trust.context(identified))
        .build();
  }

  /**
   * The answer to {@code call}, whatever its status; its body is to be closed.
   *
   * @param domain by which name the server's own authorities are found, which vouch for those that
   *     it leads to as well, and what it is shown to prove who asks, which these are not
   * @param uri where it is sent, be it to that server or not
   * @param authorization who asks, perhaps nobody
   * @throws IOException if there is none; the message names what was asked for
   */
  public HttpResponse<BodyStream> send(Outgoing call, String domain, URI uri, String authorization)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(call.method(), call.body().publisher())
            .setHeader("User-Agent", settings.userAgent());
    // Without TLS a server would have to be asked to switch, which some do not understand.
    boolean encrypted = Origin.of(uri).isEncrypted();
    request.version(encrypted ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
    call.headers().forEach(request::setHeader);
    if (!authorization.isEmpty()) {
      request.setHeader("Authorization", authorization);
    }
    proxies.authorization(uri).ifPresent(text -> request.setHeader("Proxy-Authorization", text));
    CompletableFuture<HttpResponse<BodyStream>> answer =
        client(domain, isServer(domain, uri))
            .sendAsync(request.build(), _ -> new BodyStream(settings.stallTimeout()));
    try {
      HttpResponse<BodyStream> answered = await(answer, call);
      reached.add(Origin.of(uri));
      return answered;
    } catch (InterruptedIOException | SourceException e) {
      throw e;
    } catch (IOException e) {
      String message = "%s %s: %s".formatted(call.method(), Redacted.uri(uri), reason(e));
      // Who has answered before is most likely just being started again.
      throw isUnconnected(e) && !reached.contains(Origin.of(uri))
          ? new UnreachableException(message, e)
          : new IOException(message, e);
    }
  }

  private static boolean isUnconnected(IOException fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof ConnectException
          || cause instanceof HttpConnectTimeoutException
          || cause instanceof UnknownHostException
          || cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }

  /** Others are not shown who asks. */
  private static boolean isServer(String domain, URI uri) {
    return Origin.of(uri).equals(Origin.of(URI.create("https://" + domain)));
  }

  /** Waits as long as something is sent or the time for an answer is not over. */
  private HttpResponse<BodyStream> await(
      CompletableFuture<HttpResponse<BodyStream>> answer, Outgoing call) throws IOException {
    long before = call.body().sent();
    int idle = 0;
    while (true) {
      try {
        return answer.get(settings.stallTimeout().toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long now = call.body().sent();
        idle = now == before ? idle + 1 : 0;
        before = now;
        int patience = call.method().equals("PUT") ? PATIENCE : 1;
        if (idle >= patience) {
          answer.cancel(true);
          long waited = settings.stallTimeout().multipliedBy(patience).toSeconds();
          throw (IOException)
              new HttpTimeoutException("no answer for %d seconds".formatted(waited)).initCause(e);
        }
      } catch (InterruptedException e) {
        answer.cancel(true);
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      } catch (ExecutionException e) {
        SourceException source = SourceException.in(e);
        if (source != null) {
          throw source;
        }
        throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
      }
    }
  }

  private static String reason(IOException fault) {
    boolean unconnected = false;
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "no such host";
      }
      if (cause instanceof CertificateException || cause instanceof CertPathBuilderException) {
        return "its certificate is not to be trusted: " + BodyStream.message(cause);
      }
      if (cause instanceof SSLException && BodyStream.message(cause).contains("plaintext")) {
        return "it does not speak TLS";
      }
      unconnected |= cause instanceof ConnectException && cause.getMessage() == null;
    }
    return unconnected ? "cannot connect" : BodyStream.message(fault);
  }

  @Override
  public synchronized void close() {
    clients.values().forEach(HttpClient::shutdownNow);
    clients.clear();
    executor.shutdownNow();
  }
}
