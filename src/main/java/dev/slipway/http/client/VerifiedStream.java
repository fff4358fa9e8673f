package dev.slipway.http.client;

import dev.slipway.http.HttpSettings;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A file as it comes in. Where the connection is cut it goes on from there; its end is reached only
 * by a file that has the size and the digest that it should have, as far as those are known.
 */
public final class VerifiedStream extends InputStream {
  /** The status of an answer with the whole file. */
  public static final int OK = 200;

  /** The status of an answer with a part of it. */
  public static final int PARTIAL = 206;

  private final Again again;
  private final String what;
  private final OptionalLong size;
  private final Optional<Digest> digest;
  private final Attempts attempts;
  private final MessageDigest hash = Digest.sha256();
  private @Nullable BodyStream body;
  private long position;

  /** The digest of all of it, once its end was reached. */
  private @Nullable Digest found;

  /** Asks for the file once more. */
  @FunctionalInterface
  public interface Again {
    /**
     * The answer to one attempt, which has the status {@link #OK} or {@link #PARTIAL}.
     *
     * @param range which part is wanted, for a {@code Range} header; empty for all of it
     * @throws RefusedException if it has another status
     * @throws IOException if there is none
     */
    HttpResponse<BodyStream> ask(Optional<String> range) throws IOException;
  }

  /**
   * What {@code first} is the body of.
   *
   * @param again asks for what is missing where the connection was cut
   * @param what names the file in errors
   * @param size its size in bytes, if that is known
   * @param digest its digest, if that is known
   */
  public VerifiedStream(
      BodyStream first,
      Again again,
      HttpSettings settings,
      String what,
      OptionalLong size,
      Optional<Digest> digest) {
    this.body = first;
    this.again = again;
    this.what = what;
    this.size = size;
    this.digest = digest;
    this.attempts = new Attempts(settings);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int start, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (true) {
      try {
        BodyStream open = body == null ? reopen() : body;
        body = open;
        int count = readOnce(open, target, start, length);
        if (count > 0 || size.isEmpty() || position == size.getAsLong()) {
          return count;
        }
        throw new IOException(stopped("the connection was closed early"));
      } catch (ImageException e) {
        throw e;
      } catch (RefusedException e) {
        attempts.failed(e.answer(), e.retryAfter());
      } catch (IOException e) {
        close();
        attempts.failed(e);
      }
    }
  }

  private int readOnce(BodyStream open, byte[] target, int start, int length) throws IOException {
    int count;
    try {
      count = open.read(target, start, length);
    } catch (IOException e) {
      throw new IOException(stopped(BodyStream.message(e)), e);
    }
    if (count > 0) {
      attempts.progressed();
      position += count;
      if (size.isPresent() && position > size.getAsLong()) {
        throw new ImageException(
            "%s: expected %d bytes, found more".formatted(what, size.getAsLong()));
      }
      hash.update(target, start, count);
    } else if (size.isEmpty() || position == size.getAsLong()) {
      verify();
    }
    return count;
  }

  private String stopped(String reason) {
    return size.isPresent()
        ? "%s: %s after %d of %d bytes".formatted(what, reason, position, size.getAsLong())
        : "%s: %s after %d bytes".formatted(what, reason, position);
  }

  private void verify() throws IOException {
    if (found == null) {
      found = Digest.ofBytes(hash.digest());
    }
    if (digest.isPresent() && !found.equals(digest.get())) {
      throw new DigestMismatchException(what, digest.get(), found);
    }
  }

  /** Asks for what is missing; a server may send all of it again (RFC 9110, section 14.2). */
  private BodyStream reopen() throws IOException {
    HttpResponse<BodyStream> answer =
        again.ask(position == 0 ? Optional.empty() : Optional.of("bytes=" + position + "-"));
    if (answer.statusCode() == OK) {
      skip(answer.body());
      return answer.body();
    }
    String range = answer.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + position + "-")) {
      answer.body().close();
      throw new ImageException(
          "%s: expected the bytes from %d on, found the range '%s'"
              .formatted(what, position, range));
    }
    return answer.body();
  }

  private void skip(BodyStream whole) throws IOException {
    byte[] passed = new byte[16 << 10];
    for (long left = position; left > 0; ) {
      int count = whole.read(passed, 0, (int) Math.min(left, passed.length));
      if (count < 0) {
        throw new ImageException(what + ": shorter than it was a moment ago");
      }
      left -= count;
    }
  }

  @Override
  public void close() {
    if (body != null) {
      body.close();
      body = null;
    }
  }
}
