package dev.slipway.registry;

import dev.slipway.http.client.Outgoing;
import dev.slipway.http.client.SourceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Something asked of a registry.
 *
 * @param method what is done
 * @param uri to what
 * @param scopes what must be allowed for that
 * @param headers what else to say
 * @param body what is sent along
 */
record Call(String method, URI uri, List<Scope> scopes, Map<String, String> headers, Body body)
    implements Outgoing {
  static Call of(String method, URI uri, Scope... scopes) {
    return new Call(method, uri, List.of(scopes), Map.of(), new Body.Document(new byte[0]));
  }

  Call with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Call(method, uri, scopes, more, body);
  }

  Call sending(Body content) {
    return new Call(method, uri, scopes, headers, content);
  }

  /** Whether it only asks. */
  boolean isRead() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** What is sent with a call. */
  sealed interface Body extends Outgoing.Body {
    /** What is held in memory, perhaps nothing. */
    final class Document implements Body {
      private final byte[] bytes;

      Document(byte[] bytes) {
        this.bytes = bytes.clone();
      }

      @Override
      public BodyPublisher publisher() {
        return BodyPublishers.ofByteArray(bytes);
      }
    }

    /**
     * Part of a blob.
     *
     * @param source the blob
     * @param offset where the part begins
     * @param length its size in bytes
     * @param counter counts what is sent
     */
    record Part(BlobSource source, long offset, long length, AtomicLong counter) implements Body {
      Part(BlobSource source, long offset, long length) {
        this(source, offset, length, new AtomicLong());
      }

      @Override
      public BodyPublisher publisher() {
        return BodyPublishers.fromPublisher(
            BodyPublishers.ofInputStream(() -> new PartStream(source, offset, length, counter)),
            length);
      }

      @Override
      public long sent() {
        return counter.get();
      }
    }
  }

  /** Opened when it is first read, because the JDK has no place for a fault earlier. */
  private static final class PartStream extends InputStream {
    private final BlobSource source;
    private final long offset;
    private final AtomicLong counter;
    private long left;
    private InputStream in = InputStream.nullInputStream();
    private boolean opened;

    PartStream(BlobSource source, long offset, long length, AtomicLong counter) {
      this.source = source;
      this.offset = offset;
      this.left = length;
      this.counter = counter;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      try {
        if (!opened) {
          opened = true;
          in = source.open(offset);
        }
        int count = in.read(target, start, (int) Math.min(length, left));
        if (count < 0) {
          throw new IOException("what is sent ended " + left + " bytes early");
        }
        left -= count;
        counter.addAndGet(count);
        return count;
      } catch (IOException e) {
        throw new SourceException(e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
