package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/** Sends one request at a time, and does not wait for ever. */
public final class Http implements AutoCloseable {
  private static final String SHARED = "";

  private final HttpSettings settings;
  private final Proxies proxies;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, HttpClient> clients = new HashMap<>();

  /** Has spoken to nobody yet. */
  public Http(HttpSettings settings) {
    this.settings = settings;
    this.proxies = new Proxies(settings.proxies());
  }

  /** The client for a server; those that trust the same share one. */
  private synchronized HttpClient client(String domain) throws IOException {
    String key = Trust.own(settings, domain).isEmpty() ? SHARED : domain;
    HttpClient client = clients.get(key);
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .connectTimeout(settings.connectTimeout())
              .executor(executor)
              .followRedirects(HttpClient.Redirect.NEVER)
              .proxy(proxies)
              .sslContext(Trust.context(settings, domain))
              .build();
      clients.put(key, client);
    }
    return client;
  }

  /**
   * The answer to {@code call}, whatever its status; its body is to be closed.
   *
   * @param domain by which name the server's own authorities are found
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
        client(domain).sendAsync(request.build(), _ -> new BodyStream(settings.stallTimeout()));
    try {
      return await(answer, call.body());
    } catch (InterruptedIOException | SourceException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException("%s %s: %s".formatted(call.method(), Redacted.uri(uri), reason(e)), e);
    }
  }

  /** Waits as long as something is sent or the time for an answer is not over. */
  private HttpResponse<BodyStream> await(
      CompletableFuture<HttpResponse<BodyStream>> answer, Outgoing.Body body) throws IOException {
    long before = body.sent();
    while (true) {
      try {
        return answer.get(settings.stallTimeout().toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long now = body.sent();
        if (now == before) {
          answer.cancel(true);
          throw (IOException)
              new HttpTimeoutException(
                      "no answer for %d seconds".formatted(settings.stallTimeout().toSeconds()))
                  .initCause(e);
        }
        before = now;
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
