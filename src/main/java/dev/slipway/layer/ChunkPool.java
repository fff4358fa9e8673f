package dev.slipway.layer;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the heap in chunks, which several threads take and give back. Chunks are made when
 * there is no free one, up to the bound, and freed when the pool is closed.
 */
final class ChunkPool implements AutoCloseable {
  /** How many bytes a chunk has. */
  static final int CHUNK = 64 << 10;

  /** Chunks are made so many at a time: small allocations have the memory's map changed often. */
  private static final int SLAB = 32;

  private final Arena arena = Arena.ofShared();
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private long unmade;

  /** A pool of at most this many bytes. */
  ChunkPool(long bytes) {
    this.unmade = bytes / CHUNK;
  }

  /** An empty chunk; null if none is left. */
  synchronized @Nullable ByteBuffer take() {
    ByteBuffer chunk = free.poll();
    if (chunk != null) {
      return chunk.clear();
    }
    if (unmade == 0 || !isOpen()) {
      return null;
    }
    int count = (int) Math.min(SLAB, unmade);
    ByteBuffer slab = arena.allocate((long) count * CHUNK).asByteBuffer();
    for (int i = 0; i < count; i++) {
      free.push(slab.slice(i * CHUNK, CHUNK));
    }
    unmade -= count;
    return free.pop();
  }

  /** Takes back a chunk that was taken, and that nobody looks at any more. */
  synchronized void give(ByteBuffer chunk) {
    free.push(chunk);
  }

  /** Whether chunks that were taken can still be read. */
  boolean isOpen() {
    return arena.scope().isAlive();
  }

  /** Frees all chunks, also those that were not given back. May be called twice. */
  @Override
  public synchronized void close() {
    free.clear();
    if (isOpen()) {
      arena.close();
    }
  }
}
