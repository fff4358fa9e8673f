package dev.slipway.registry;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/**
 * A blob as it comes in. Where the connection is cut it goes on from there; its end is reached only
 * by a blob that has the size and the digest that it should have.
 */
final class VerifiedStream extends InputStream {
  private static final int PARTIAL = 206;
  private static final int OK = 200;

  private final Registry registry;
  private final Call call;
  private final Descriptor descriptor;
  private final Attempts attempts;
  private final MessageDigest hash = Digest.sha256();
  private @Nullable BodyStream body;
  private long position;

  /** The digest of all of it, once its end was reached. */
  private @Nullable Digest found;

  /** Asks for the blob at once, so that one that is not there is told of at once. */
  VerifiedStream(Registry registry, RegistrySettings settings, Call call, Descriptor descriptor)
      throws IOException {
    this.registry = registry;
    this.call = call;
    this.descriptor = descriptor;
    this.attempts = new Attempts(settings);
    this.body = registry.ask(call, OK).body();
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
        if (count > 0 || position == descriptor.size()) {
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
      if (position > descriptor.size()) {
        throw new ImageException(
            "%s: expected %d bytes, found more".formatted(what(), descriptor.size()));
      }
      hash.update(target, start, count);
    } else if (position == descriptor.size()) {
      verify();
    }
    return count;
  }

  private String stopped(String reason) {
    return "%s: %s after %d of %d bytes".formatted(what(), reason, position, descriptor.size());
  }

  private void verify() throws IOException {
    if (found == null) {
      found = Digest.ofBytes(hash.digest());
    }
    if (!found.equals(descriptor.digest())) {
      throw new DigestMismatchException(what(), descriptor.digest(), found);
    }
  }

  /** Asks for what is missing; a registry may send all of it again (RFC 9110, section 14.2). */
  private BodyStream reopen() throws IOException {
    Call rest = position == 0 ? call : call.with("Range", "bytes=" + position + "-");
    HttpResponse<BodyStream> answer = registry.once(rest, OK, PARTIAL);
    if (answer.statusCode() == OK) {
      skip(answer.body());
      return answer.body();
    }
    String range = answer.headers().firstValue("Content-Range").orElse("");
    if (!range.startsWith("bytes " + position + "-")) {
      answer.body().close();
      throw new ImageException(
          "%s: expected the bytes from %d on, found the range '%s'"
              .formatted(what(), position, range));
    }
    return answer.body();
  }

  private void skip(BodyStream whole) throws IOException {
    byte[] passed = new byte[16 << 10];
    for (long left = position; left > 0; ) {
      int count = whole.read(passed, 0, (int) Math.min(left, passed.length));
      if (count < 0) {
        throw new ImageException(what() + ": shorter than it was a moment ago");
      }
      left -= count;
    }
  }

  private String what() {
    return Redacted.uri(call.uri()).toString();
  }

  @Override
  public void close() {
    if (body != null) {
      body.close();
      body = null;
    }
  }
}
