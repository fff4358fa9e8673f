package dev.slipway.transport;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import org.apache.hc.core5.http.nio.AsyncEntityProducer;
import org.apache.hc.core5.http.nio.DataStreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * What is sent with a request while it is written: one thread writes, the client's thread sends.
 * Whoever writes is told by a {@link ClosedChannelException} when nobody wants more, because there
 * is an answer already or no connection any more, and never waits in vain.
 */
final class StreamedBody implements AsyncEntityProducer, WritableByteChannel {
  private static final int MOST_AT_ONCE = 128 << 10;
  private static final int MOST_WAITING = 4;

  private final String contentType;
  private final Queue<ByteBuffer> waiting = new ArrayDeque<>();
  private ByteBuffer filling = ByteBuffer.allocate(MOST_AT_ONCE);
  private @Nullable DataStreamChannel channel;
  private boolean written;
  private boolean over;

  StreamedBody(String contentType) {
    this.contentType = contentType;
  }

  // -- Who writes

  @Override
  public int write(ByteBuffer source) throws IOException {
    int total = source.remaining();
    while (source.hasRemaining()) {
      int count = Math.min(filling.remaining(), source.remaining());
      filling.put(source.slice(source.position(), count));
      source.position(source.position() + count);
      if (!filling.hasRemaining()) {
        flush();
      }
    }
    return total;
  }

  private void flush() throws IOException {
    ByteBuffer full = filling.flip();
    filling = ByteBuffer.allocate(MOST_AT_ONCE);
    add(full);
  }

  private void add(ByteBuffer part) throws IOException {
    DataStreamChannel ready;
    synchronized (this) {
      try {
        while (!over && waiting.size() == MOST_WAITING) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted").initCause(e);
      }
      if (over) {
        throw new ClosedChannelException();
      }
      waiting.add(part);
      ready = channel;
    }
    if (ready != null) {
      ready.requestOutput();
    }
  }

  @Override
  public synchronized boolean isOpen() {
    return !over && !written;
  }

  /** All has been written. */
  @Override
  public void close() throws IOException {
    flush();
    DataStreamChannel ready;
    synchronized (this) {
      written = true;
      ready = channel;
    }
    if (ready != null) {
      ready.requestOutput();
    }
  }

  /** Nobody wants more of it. */
  synchronized void end() {
    over = true;
    waiting.clear();
    notifyAll();
  }

  // -- Who sends

  @Override
  public synchronized int available() {
    // To be asked at all is how it learns of the channel.
    return channel == null || written || !waiting.isEmpty() ? MOST_AT_ONCE : 0;
  }

  @Override
  public void produce(DataStreamChannel target) throws IOException {
    boolean ended;
    synchronized (this) {
      channel = target;
      ByteBuffer next = waiting.peek();
      while (next != null) {
        target.write(next);
        if (next.hasRemaining()) {
          return;
        }
        waiting.remove();
        notifyAll();
        next = waiting.peek();
      }
      ended = written;
    }
    if (ended) {
      target.endStream();
    }
  }

  @Override
  public boolean isRepeatable() {
    return false;
  }

  @Override
  public void failed(Exception fault) {
    end();
  }

  @Override
  public void releaseResources() {
    end();
  }

  // -- What it says of itself

  @Override
  public long getContentLength() {
    return -1;
  }

  @Override
  public String getContentType() {
    return contentType;
  }

  @Override
  public @Nullable String getContentEncoding() {
    return null;
  }

  @Override
  public boolean isChunked() {
    return true;
  }

  @Override
  public Set<String> getTrailerNames() {
    return Set.of();
  }
}
