package dev.slipway.http.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, as it comes in. Unlike the JDK's own stream it does not wait for ever: a
 * body of which nothing comes for a while is an error. It holds two pieces at most.
 */
public final class BodyStream extends InputStream
    implements HttpResponse.BodySubscriber<BodyStream> {
  private final Duration stallTimeout;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private List<ByteBuffer> pieces = List.of();
  private int next;
  private @Nullable Event end;

  private sealed interface Event {
    record Pieces(List<ByteBuffer> buffers) implements Event {}

    record Failed(Throwable fault) implements Event {}

    record Done() implements Event {}
  }

  BodyStream(Duration stallTimeout) {
    this.stallTimeout = stallTimeout;
  }

  @Override
  public CompletionStage<BodyStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    if (!subscription.complete(given)) {
      given.cancel();
      return;
    }
    given.request(1);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    events.add(new Event.Pieces(buffers));
  }

  @Override
  public void onError(Throwable fault) {
    events.add(new Event.Failed(fault));
  }

  @Override
  public void onComplete() {
    events.add(new Event.Done());
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
    ByteBuffer piece = piece();
    if (piece == null) {
      return -1;
    }
    int count = Math.min(length, piece.remaining());
    piece.get(target, start, count);
    return count;
  }

  /** What there is to read; null at the end. */
  private @Nullable ByteBuffer piece() throws IOException {
    while (true) {
      while (next < pieces.size()) {
        if (pieces.get(next).hasRemaining()) {
          return pieces.get(next);
        }
        next++;
      }
      if (end == null) {
        Event event = await();
        if (event instanceof Event.Pieces(var buffers)) {
          pieces = buffers;
          next = 0;
          subscription.join().request(1);
          continue;
        }
        end = event;
      }
      if (end instanceof Event.Failed(var fault)) {
        throw new IOException(message(fault), fault);
      }
      return null;
    }
  }

  private Event await() throws IOException {
    try {
      Event event = events.poll(stallTimeout.toMillis(), TimeUnit.MILLISECONDS);
      if (event != null) {
        return event;
      }
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    }
    close();
    throw new HttpTimeoutException(
        "nothing was sent for %d seconds".formatted(stallTimeout.toSeconds()));
  }

  /** What there is to say of a fault. */
  public static String message(Throwable fault) {
    String message = fault.getMessage();
    return message == null ? fault.getClass().getSimpleName() : message;
  }

  /** Takes no more, and has the connection closed if there is more. */
  @Override
  public void close() {
    if (end == null) {
      end = new Event.Done();
      pieces = List.of();
      if (subscription.isDone()) {
        subscription.join().cancel();
      }
    }
  }
}
