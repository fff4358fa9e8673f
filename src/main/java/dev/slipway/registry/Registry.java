package dev.slipway.registry;

import dev.slipway.http.client.Answers;
import dev.slipway.http.client.Attempts;
import dev.slipway.http.client.BodyStream;
import dev.slipway.http.client.Http;
import dev.slipway.http.client.Origin;
import dev.slipway.http.client.Redacted;
import dev.slipway.http.client.RefusedException;
import dev.slipway.http.client.UnreachableException;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One registry: where it is, what it wants to be shown, and how its answers are taken. */
final class Registry {
  /** Docker Hub is called by another name than the one it has in references. */
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

  /** Those that say that the method and what is sent stay the same (RFC 9110, section 15.4). */
  private static final Set<Integer> SAME_AGAIN = Set.of(307, 308);

  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;

  private final String domain;
  private final RegistrySettings settings;
  private final Http http;
  private final Tokens tokens;
  private @Nullable URI base;

  Registry(String domain, RegistrySettings settings, Http http) {
    this.domain = domain;
    this.settings = settings;
    this.http = http;
    this.tokens = new Tokens(domain, this, settings);
  }

  /**
   * The address of something in a repository.
   *
   * @param rest what follows its name, with a slash first
   */
  URI uri(RepositoryName repository, String rest) throws IOException {
    return base().resolve("/v2/" + repository.path() + rest);
  }

  /** Where the registry is: over plain HTTP only if that is allowed and there is nothing else. */
  private synchronized URI base() throws IOException {
    if (base == null) {
      String host = domain.equals(RepositoryName.DOCKER_HUB) ? DOCKER_HUB_HOST : domain;
      URI encrypted = URI.create("https://" + host);
      base =
          settings.http().tlsVerify() ? encrypted : either(encrypted, URI.create("http://" + host));
    }
    return base;
  }

  /** The first of these that answers. */
  private URI either(URI encrypted, URI plain) throws IOException {
    Attempts attempts = new Attempts(settings.http());
    while (true) {
      Optional<IOException> first = fault(encrypted);
      if (first.isEmpty()) {
        return encrypted;
      }
      Optional<IOException> second = fault(plain);
      if (second.isEmpty()) {
        return plain;
      }
      String both = first.get().getMessage() + "; " + second.get().getMessage();
      boolean lasting = !Attempts.isPassing(first.get()) && !Attempts.isPassing(second.get());
      attempts.failed(
          lasting ? new UnreachableException(both, first.get()) : new IOException(both));
    }
  }

  /** Why there is no registry, if there is none. */
  private Optional<IOException> fault(URI candidate) throws IOException {
    URI root = candidate.resolve("/v2/");
    try {
      HttpResponse<BodyStream> answer = http.send(Call.of("GET", root), domain, root, "");
      Answers.drain(answer);
      // What servers say that expect TLS.
      return answer.statusCode() == BAD_REQUEST && !Origin.of(root).isEncrypted()
          ? Optional.of(new ImageException("GET " + root + ": it does not speak plain HTTP"))
          : Optional.empty();
    } catch (InterruptedIOException | ImageException | FileSystemException e) {
      throw e; // No fault of the registry's.
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  /**
   * The answer to {@code call}, its body to be closed; what is due to a passing fault is asked
   * again.
   *
   * @throws RegistryException if the answer has a status that is not among {@code expected}
   * @throws IOException if there is none
   */
  HttpResponse<BodyStream> ask(Call call, Integer... expected) throws IOException {
    Attempts attempts = new Attempts(settings.http());
    while (true) {
      try {
        return once(call, expected);
      } catch (RefusedException e) {
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        attempts.failed(e);
      }
    }
  }

  /**
   * The same, asked once.
   *
   * @throws RefusedException if the answer has a status that is not expected
   * @throws IOException if there is none
   */
  HttpResponse<BodyStream> once(Call call, Integer... expected) throws IOException {
    Origin own = Origin.of(base());
    URI uri = call.uri();
    boolean renewed = false;
    for (int redirects = 0; ; ) {
      boolean trusted = Origin.of(uri).equals(own);
      String authorization = trusted ? tokens.authorization(call.scopes()) : "";
      HttpResponse<BodyStream> answer = http.send(call, domain, uri, authorization);
      int status = answer.statusCode();
      if (Set.of(expected).contains(status)) {
        return answer;
      }
      if (status == UNAUTHORIZED && trusted && !renewed) {
        renewed = true;
        if (tokens.challenged(answer.headers(), call.scopes(), authorization)) {
          Answers.drain(answer);
          continue;
        }
      }
      Optional<String> location = Answers.location(answer);
      if (location.isEmpty() || !(call.isRead() || SAME_AGAIN.contains(status))) {
        throw refused(call.method(), uri, answer);
      }
      Answers.drain(answer);
      redirects++;
      if (redirects > Answers.MOST_REDIRECTS) {
        throw Answers.tooManyRedirects(call.method(), call.uri());
      }
      uri = redirect(uri, location.get());
    }
  }

  /**
   * Where an answer leads to.
   *
   * @throws ImageException if that is no address, or not encrypted although it has to be
   */
  URI redirect(URI from, String location) throws ImageException {
    return Answers.redirect(from, location, settings.http().tlsVerify());
  }

  /** Sends what has to do with tokens, to whichever server has them. */
  HttpResponse<BodyStream> sendForToken(Call call, String authorization) throws IOException {
    Attempts attempts = new Attempts(settings.http());
    while (true) {
      try {
        HttpResponse<BodyStream> answer = http.send(call, domain, call.uri(), authorization);
        if (answer.statusCode() == 200) {
          return answer;
        }
        throw refused(call.method(), call.uri(), answer);
      } catch (RefusedException e) {
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        attempts.failed(e);
      }
    }
  }

  private RefusedException refused(String method, URI uri, HttpResponse<BodyStream> answer) {
    byte[] said = new byte[0];
    try (BodyStream body = answer.body()) {
      said = body.readNBytes(Answers.MOST_ERROR_BYTES);
    } catch (IOException _) {
      // The status alone must do.
    }
    return new RefusedException(
        new RegistryException(method, uri, answer.statusCode(), RegistryError.parse(said)),
        Answers.retryAfter(answer.headers(), settings.http().clock()));
  }

  /** What the registry says that the digest is; other algorithms than ours are passed over. */
  static Optional<Digest> digest(HttpResponse<BodyStream> answer) {
    return answer
        .headers()
        .firstValue("Docker-Content-Digest")
        .filter(text -> text.startsWith("sha256:"))
        .flatMap(text -> {
          try {
            return Optional.of(Digest.parse(text.strip()));
          } catch (IllegalArgumentException _) {
            return Optional.empty();
          }
        });
  }

  /**
   * A document that an answer holds.
   *
   * @throws IOException if it is larger than documents from elsewhere may be, or cannot be read
   */
  static byte[] document(HttpResponse<BodyStream> answer, URI uri) throws IOException {
    int most = JsonLimits.FOREIGN.maxBytes();
    try (BodyStream body = answer.body()) {
      byte[] bytes = body.readNBytes(most);
      if (bytes.length == most && body.read() >= 0) {
        throw new ImageException(
            "%s: larger than the %d bytes that are allowed".formatted(Redacted.uri(uri), most));
      }
      // Reading to the end lets the connection be used again.
      body.read();
      return bytes;
    }
  }
}
