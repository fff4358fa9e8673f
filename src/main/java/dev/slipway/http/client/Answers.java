package dev.slipway.http.client;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;

/** What answers say beside their bodies (RFC 9110). */
public final class Answers {
  /** As many as are followed from one address. */
  public static final int MOST_REDIRECTS = 10;

  /** As much of a body as is read of one that only says what is wrong. */
  public static final int MOST_ERROR_BYTES = 64 << 10;

  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private Answers() {}

  /** Where an answer leads to, if it leads elsewhere. */
  public static Optional<String> location(HttpResponse<?> answer) {
    return REDIRECTS.contains(answer.statusCode())
        ? answer.headers().firstValue("Location")
        : Optional.empty();
  }

  /**
   * The address that a redirect leads to.
   *
   * @param location what it says
   * @param encrypted whether it has to be one that is encrypted
   * @throws ImageException if it is none, or not encrypted although it has to be
   */
  public static URI redirect(URI from, String location, boolean encrypted) throws ImageException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException _) {
      // Not the cause, which shows the address: it may hold secrets.
      throw new ImageException(Redacted.uri(from) + ": leads to what is no address");
    }
    Origin origin = Origin.of(target);
    boolean known = origin.isEncrypted() || origin.scheme().equals("http");
    if (!known || target.getHost() == null) {
      throw new ImageException(Redacted.uri(from) + ": leads to what is no address of the web");
    }
    if (encrypted && !origin.isEncrypted()) {
      throw new ImageException(
          "%s: leads to %s, which is not encrypted"
              .formatted(Redacted.uri(from), Redacted.uri(target)));
    }
    return target;
  }

  /**
   * The fault that there are too many redirects.
   *
   * @param uri the address that was asked for at first
   */
  public static ImageException tooManyRedirects(String method, URI uri) {
    return new ImageException(
        "%s %s: more than %d redirects".formatted(method, Redacted.uri(uri), MOST_REDIRECTS));
  }

  /** How long a {@code Retry-After} header asks to wait (RFC 9110, section 10.2.3). */
  public static Optional<Duration> retryAfter(HttpHeaders headers, InstantSource clock) {
    return headers.firstValue("Retry-After").flatMap(header -> waiting(header.strip(), clock));
  }

  private static Optional<Duration> waiting(String text, InstantSource clock) {
    try {
      if (text.matches("[0-9]{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
      }
      ZonedDateTime time = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration wait = Duration.between(clock.instant(), time.toInstant());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  /** Lets the connection be used again, if what is left is short. */
  public static void drain(HttpResponse<BodyStream> answer) {
    try (BodyStream body = answer.body()) {
      body.readNBytes(MOST_ERROR_BYTES);
    } catch (IOException _) {
      // Then it is not used again.
    }
  }
}
