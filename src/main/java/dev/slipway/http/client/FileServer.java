package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Fetches files of one server, for any number of threads. Passing faults, such as a connection that
 * is cut, status 429 or 503, are waited out as the settings allow.
 */
public final class FileServer implements AutoCloseable {
  private final HttpSettings settings;
  private final Http http;
  private final Origin origin;
  private final String domain;
  private final String authorization;

  /**
   * Has asked for nothing yet.
   *
   * @param server an address of the server
   * @param authorization the {@code Authorization} header that it, and no other server, is shown
   */
  public FileServer(URI server, Optional<String> authorization, HttpSettings settings) {
    this.settings = settings;
    this.http = new Http(settings);
    this.origin = Origin.of(server);
    this.domain = server.getPort() < 0 ? origin.host() : origin.host() + ":" + origin.port();
    this.authorization = authorization.orElse("");
  }

  /** What is asked for a file. */
  private record Get(Map<String, String> headers) implements Outgoing {
    private static final Body NOTHING = HttpRequest.BodyPublishers::noBody;

    @Override
    public String method() {
      return "GET";
    }

    @Override
    public Body body() {
      return NOTHING;
    }
  }

  /**
   * A short file.
   *
   * @param most how many bytes it may have
   * @return empty if there is no such file: status 404, 410 or, of servers that do not say what
   *     they have, 403
   * @throws ImageException if it is too large
   * @throws IOException if the server does not say
   */
  public Optional<byte[]> document(URI uri, int most) throws IOException {
    Attempts attempts = new Attempts(settings);
    while (true) {
      try (BodyStream body = once(uri, Optional.empty()).body()) {
        byte[] bytes = body.readNBytes(most);
        if (bytes.length == most && body.read() >= 0) {
          throw new ImageException(
              "%s: larger than the %d bytes that are allowed".formatted(Redacted.uri(uri), most));
        }
        // Reading to the end lets the connection be used again.
        body.read();
        return Optional.of(bytes);
      } catch (RefusedException e) {
        int status = e.answer().status();
        if (status == 404 || status == 410 || status == 403) {
          return Optional.empty();
        }
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        attempts.failed(named(uri, e));
      }
    }
  }

  private static IOException named(URI uri, IOException fault) {
    String message = BodyStream.message(fault);
    String name = Redacted.uri(uri).toString();
    return fault instanceof ImageException || message.contains(name)
        ? fault
        : new IOException(name + ": " + message, fault);
  }

  /**
   * A file, to be read up to its end: only there is it known to be what it should be. A connection
   * that is cut in between is made again.
   *
   * @param size its size in bytes, if that is known
   * @param digest its digest, if that is known
   * @return a stream that throws {@link dev.slipway.oci.DigestMismatchException} in place of its
   *     end if the digest is another, and {@link ImageException} if there are more bytes than there
   *     should be; to be closed
   * @throws StatusException if the server refuses it
   * @throws IOException if it cannot be had
   */
  public InputStream file(URI uri, OptionalLong size, Optional<Digest> digest) throws IOException {
    Attempts attempts = new Attempts(settings);
    while (true) {
      try {
        HttpResponse<BodyStream> answer = once(uri, Optional.empty());
        refuseOtherSize(answer, uri, size);
        return new VerifiedStream(
            answer.body(),
            range -> once(uri, range),
            settings,
            Redacted.uri(uri).toString(),
            size,
            digest);
      } catch (RefusedException e) {
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        attempts.failed(e);
      }
    }
  }

  /** A file of another size is another file: no need to ask for it again and again. */
  private static void refuseOtherSize(HttpResponse<BodyStream> answer, URI uri, OptionalLong size)
      throws ImageException {
    long found = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
    if (found >= 0 && size.isPresent() && found != size.getAsLong()) {
      answer.body().close();
      throw new ImageException(
          "%s: expected %d bytes, found %d".formatted(Redacted.uri(uri), size.getAsLong(), found));
    }
  }

  /** What is hashed is the file as it is. */
  private static void refuseEncoded(HttpResponse<BodyStream> answer, URI uri)
      throws ImageException {
    String encoding = answer.headers().firstValue("Content-Encoding").orElse("identity");
    if (!encoding.equals("identity")) {
      answer.body().close();
      throw new ImageException(
          "%s: sent in the encoding %s, which was not asked for"
              .formatted(Redacted.uri(uri), encoding));
    }
  }

  /** The answer to one attempt, redirects followed; secrets are not shown to where they lead. */
  private HttpResponse<BodyStream> once(URI asked, Optional<String> range) throws IOException {
    Get get = new Get(range.map(bytes -> Map.of("Range", bytes)).orElse(Map.of()));
    URI uri = asked;
    for (int redirects = 0; ; redirects++) {
      Origin at = Origin.of(uri);
      HttpResponse<BodyStream> answer =
          http.send(get, domain, uri, at.equals(origin) ? authorization : "");
      int status = answer.statusCode();
      if (status == VerifiedStream.OK || (status == VerifiedStream.PARTIAL && range.isPresent())) {
        refuseEncoded(answer, uri);
        return answer;
      }
      Answers.drain(answer);
      Optional<String> location = Answers.location(answer);
      if (location.isEmpty()) {
        throw new RefusedException(
            new StatusException(get.method(), uri, status, ""),
            Answers.retryAfter(answer.headers(), settings.clock()));
      }
      if (redirects == Answers.MOST_REDIRECTS) {
        throw Answers.tooManyRedirects(get.method(), asked);
      }
      uri = Answers.redirect(uri, location.get(), at.isEncrypted() && settings.tlsVerify());
    }
  }

  /** Closes all connections; what is still being read fails. */
  @Override
  public void close() {
    http.close();
  }
}
