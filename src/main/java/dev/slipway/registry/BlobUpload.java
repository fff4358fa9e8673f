package dev.slipway.registry;

import dev.slipway.http.client.Answers;
import dev.slipway.http.client.Attempts;
import dev.slipway.http.client.BodyStream;
import dev.slipway.http.client.Redacted;
import dev.slipway.http.client.RefusedException;
import dev.slipway.http.client.StatusException;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.RepositoryName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends one blob (OCI distribution specification, "Pushing blobs"): all of it at once, then, after
 * a fault, from where the registry says that it is; in pieces where it takes no more at once.
 */
final class BlobUpload {
  /** What is sent at once to a registry that has refused all of it. */
  private static final long FIRST_CHUNK = 64L << 20;

  private static final long LEAST_CHUNK = 64L << 10;
  private static final int NOT_FOUND = 404;
  private static final int TOO_LARGE = 413;
  private static final int NOT_THAT_RANGE = 416;
  private static final Pattern RANGE = Pattern.compile("(?:bytes=)?0-([0-9]{1,18})");

  private final Registry registry;
  private final RepositoryName repository;
  private final Descriptor descriptor;
  private final BlobSource source;
  private final Scope scope;
  private final Attempts attempts;

  /** The most that is sent at once. */
  private long chunk = Long.MAX_VALUE;

  /** Whether the registry may have put together wrongly what it was sent, or forgotten it. */
  private boolean doubtful;

  BlobUpload(
      Registry registry,
      RegistrySettings settings,
      RepositoryName repository,
      Descriptor descriptor,
      BlobSource source) {
    this.registry = registry;
    this.repository = repository;
    this.descriptor = descriptor;
    this.source = source;
    this.scope = Scope.push(repository);
    this.attempts = new Attempts(settings.http());
  }

  /** An upload that the registry knows of. */
  private record Session(URI location, long received, long leastChunk) {}

  void run() throws IOException {
    while (true) {
      try {
        finish(send(start()));
        return;
      } catch (LostException e) {
        attempts.again(e.reason());
      }
    }
  }

  private Session start() throws IOException {
    URI uri = registry.uri(repository, "/blobs/uploads/");
    HttpResponse<BodyStream> answer = registry.ask(Call.of("POST", uri, scope), 202);
    Answers.drain(answer);
    doubtful = false;
    long least =
        answer
            .headers()
            .firstValue("OCI-Chunk-Min-Length")
            .filter(text -> text.matches("[0-9]{1,18}"))
            .map(Long::parseLong)
            .orElse(LEAST_CHUNK);
    return new Session(location(answer, uri), 0, Math.max(least, 1));
  }

  private Session send(Session opened) throws IOException {
    Session session = opened;
    while (session.received() < descriptor.size()) {
      try {
        session = sendChunk(session);
        attempts.progressed();
      } catch (RefusedException e) {
        switch (e.answer().status()) {
          case NOT_FOUND -> throw new LostException(e.answer());
          case TOO_LARGE -> chunk = smaller(session, e.answer());
          case NOT_THAT_RANGE -> attempts.again(e.answer());
          default -> attempts.failed(e.answer(), e.retryAfter());
        }
        session = resume(session, e.answer());
      } catch (IOException e) {
        attempts.failed(e);
        session = resume(session, e);
      }
    }
    return session;
  }

  private Session sendChunk(Session session) throws IOException {
    long offset = session.received();
    long length = Math.min(chunk, descriptor.size() - offset);
    Call call =
        Call.of("PATCH", session.location(), scope)
            .with("Content-Type", "application/octet-stream")
            .sending(new Call.Body.Part(source, offset, length));
    if (offset > 0 || length < descriptor.size()) {
      call = call.with("Content-Range", offset + "-" + (offset + length - 1));
    }
    HttpResponse<BodyStream> answer = registry.once(call, 202, 201, 204);
    Answers.drain(answer);
    // Who accepts it and says no more, or what cannot be, has taken all of it.
    long received =
        received(answer, offset + length)
            .filter(count -> count > offset && count < offset + length)
            .orElse(offset + length);
    doubtful |= received < offset + length;
    return new Session(location(answer, session.location()), received, session.leastChunk());
  }

  /** Half of what was too much, or the least that may be sent. */
  private long smaller(Session session, StatusException refusal) throws StatusException {
    long tried = Math.min(chunk, descriptor.size() - session.received());
    long next = Math.max(Math.min(FIRST_CHUNK, tried / 2), session.leastChunk());
    if (next >= tried) {
      throw refusal;
    }
    return next;
  }

  /** Asks how far the upload is; one that is lost begins again. */
  private Session resume(Session session, IOException fault) throws IOException {
    try {
      HttpResponse<BodyStream> answer =
          registry.ask(Call.of("GET", session.location(), scope), 204, 202, 200);
      Answers.drain(answer);
      Optional<Long> received = received(answer, session.received());
      if (received.isEmpty() || received.get() > descriptor.size()) {
        throw new LostException(fault);
      }
      if (received.get() > session.received()) {
        attempts.progressed();
      }
      doubtful = true;
      return new Session(
          location(answer, session.location()), received.get(), session.leastChunk());
    } catch (RegistryException e) {
      if (Attempts.isPassing(e.status())) {
        throw e;
      }
      // Forgotten; or it lies where nobody but the registry may ask.
      throw new LostException(fault);
    }
  }

  private void finish(Session session) throws IOException {
    String location = session.location().toString();
    URI uri =
        URI.create(
            location + (location.indexOf('?') < 0 ? "?" : "&") + "digest=" + descriptor.digest());
    Call call = Call.of("PUT", uri, scope).with("Content-Type", "application/octet-stream");
    while (true) {
      try {
        HttpResponse<BodyStream> answer = registry.once(call, 201, 204);
        Answers.drain(answer);
        Optional<Digest> found = Registry.digest(answer);
        if (found.isPresent() && !found.get().equals(descriptor.digest())) {
          throw new DigestMismatchException(
              Redacted.uri(uri).toString(), descriptor.digest(), found.get());
        }
        return;
      } catch (RefusedException e) {
        int status = e.answer().status();
        if (status == NOT_FOUND && isThere()) {
          return;
        }
        if (status == NOT_FOUND || (doubtful && !Attempts.isPassing(status))) {
          throw new LostException(e.answer());
        }
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        attempts.failed(e);
      }
      if (isThere()) {
        return;
      }
      // Some forget an upload that they could not end.
      doubtful = true;
    }
  }

  /** Whether it has arrived, although nobody has said so. */
  private boolean isThere() throws IOException {
    URI uri = registry.uri(repository, "/blobs/" + descriptor.digest());
    HttpResponse<BodyStream> answer = registry.ask(Call.of("HEAD", uri, scope), 200, 404);
    Answers.drain(answer);
    return answer.statusCode() == 200;
  }

  private URI location(HttpResponse<BodyStream> answer, URI otherwise) throws IOException {
    Optional<String> location = answer.headers().firstValue("Location");
    return location.isEmpty() ? otherwise : registry.redirect(answer.uri(), location.get());
  }

  /**
   * How many bytes the registry says that it has, if it does.
   *
   * @param expected how many it should have
   */
  private static Optional<Long> received(HttpResponse<BodyStream> answer, long expected) {
    return answer
        .headers()
        .firstValue("Range")
        .map(String::strip)
        .map(RANGE::matcher)
        .filter(Matcher::matches)
        .map(range -> Long.parseLong(range.group(1)))
        // For nothing at all Docker's registry says the same as for one byte.
        .map(last -> last == 0 && expected != 1 ? 0 : last + 1);
  }

  /** The registry has forgotten the upload. */
  private static final class LostException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient IOException reason;

    LostException(IOException reason) {
      super(reason);
      this.reason = reason;
    }

    IOException reason() {
      return reason;
    }
  }
}
