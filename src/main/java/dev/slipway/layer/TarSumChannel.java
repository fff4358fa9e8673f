package dev.slipway.layer;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sums a tar while it is written, on a thread of its own, so that whoever writes it can do
 * something else with the same bytes meanwhile. What it has not summed yet is at most 1 MiB.
 */
public final class TarSumChannel implements WritableByteChannel {
  private static final int CHUNK = 128 << 10;
  private static final int CHUNKS = 8;
  private static final ByteBuffer END = ByteBuffer.allocate(0);

  private final BlockingQueue<ByteBuffer> full = new ArrayBlockingQueue<>(CHUNKS + 1);
  private final BlockingQueue<ByteBuffer> empty = new ArrayBlockingQueue<>(CHUNKS);
  private final Consumer<ByteBuffer> witness;
  private final Thread thread;
  private @Nullable ByteBuffer filling;
  private int allocated;
  private boolean ended;
  private volatile @Nullable Object outcome;

  /** A channel for a tar that complaints call {@code name}. */
  public TarSumChannel(String name) {
    this(name, _ -> {});
  }

  /**
   * A channel for a tar that complaints call {@code name}.
   *
   * @param witness is shown all the bytes, in order, by the thread that sums them
   */
  public TarSumChannel(String name, Consumer<ByteBuffer> witness) {
    this.witness = witness;
    this.thread = Thread.ofPlatform().daemon().name("tarsum").start(() -> sum(name));
  }

  private void sum(String name) {
    Chunks chunks = new Chunks();
    try {
      outcome = TarSum.of(chunks, name);
    } catch (IOException | RuntimeException | Error e) {
      outcome = e;
    } finally {
      chunks.discard();
    }
  }

  /**
   * Takes all of {@code source}.
   *
   * @throws TarFormatException if what was written so far is known to be no tar
   * @throws IOException if the thread is interrupted
   */
  @Override
  public int write(ByteBuffer source) throws IOException {
    if (ended) {
      throw new ClosedChannelException();
    }
    if (outcome instanceof IOException fault) {
      throw fault;
    }
    int count = source.remaining();
    while (source.hasRemaining()) {
      ByteBuffer chunk = filling == null ? chunk() : filling;
      int step = Math.min(source.remaining(), chunk.remaining());
      chunk.put(source.slice(source.position(), step));
      source.position(source.position() + step);
      filling = chunk;
      if (!chunk.hasRemaining()) {
        hand(chunk.flip());
        filling = null;
      }
    }
    return count;
  }

  private ByteBuffer chunk() throws IOException {
    ByteBuffer chunk = empty.poll();
    if (chunk == null && allocated < CHUNKS) {
      allocated++;
      return ByteBuffer.allocate(CHUNK);
    }
    try {
      return chunk == null ? empty.take() : chunk;
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private void hand(ByteBuffer chunk) {
    // There are no more chunks than places for them, and one place is left for the end.
    full.add(chunk);
  }

  /**
   * The checksum of all that was written, which must be the whole tar.
   *
   * @throws TarFormatException if it is not well-formed
   * @throws IOException if the thread is interrupted
   */
  public String sum() throws IOException {
    close();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw interrupted();
    }
    return switch (outcome) {
      case String sum -> sum;
      case IOException fault -> throw fault;
      case RuntimeException fault -> throw fault;
      case Error fault -> throw fault;
      case null, default -> throw new IllegalStateException("a sum came to nothing");
    };
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while a tar was summed");
  }

  @Override
  public boolean isOpen() {
    return !ended;
  }

  /** Ends the tar; the thread ends soon after. */
  @Override
  public void close() {
    if (!ended) {
      ended = true;
      if (filling != null) {
        hand(filling.flip());
      }
      full.add(END);
    }
  }

  /** What was written, for the thread that sums. */
  private final class Chunks extends InputStream {
    private ByteBuffer chunk = ByteBuffer.allocate(0);
    private boolean last;

    private boolean advance() {
      while (!chunk.hasRemaining()) {
        if (last) {
          return false;
        }
        if (chunk.capacity() > 0) {
          empty.add(chunk.clear());
        }
        chunk = next();
        witness.accept(chunk.duplicate());
        last = chunk.capacity() == 0;
      }
      return true;
    }

    private ByteBuffer next() {
      while (true) {
        try {
          return full.take();
        } catch (InterruptedException _) {
          // Nobody interrupts this thread; the writer ends it.
        }
      }
    }

    /** Lets the writer go on where nobody reads any more. */
    void discard() {
      do {
        chunk.position(chunk.limit());
      } while (advance());
    }

    @Override
    public int read() {
      return advance() ? chunk.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int start, int length) {
      if (length == 0) {
        return 0;
      }
      if (!advance()) {
        return -1;
      }
      int count = Math.min(length, chunk.remaining());
      chunk.get(target, start, count);
      return count;
    }
  }
}
