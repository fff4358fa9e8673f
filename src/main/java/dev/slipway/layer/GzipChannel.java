package dev.slipway.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Compresses what is written to it, in chunks of a fixed size that several threads take up and that
 * go out in order. The last 32 KiB before a chunk are its dictionary, so that little is lost at its
 * edges; a chunk's bytes do not depend on how the others fared.
 *
 * <p>Nothing is whole before {@link #finish}; {@link #close} without it leaves a truncated stream.
 */
final class GzipChannel implements WritableByteChannel {
  static final int CHUNK_SIZE = 1 << 18;

  /** As pigz -nTR writes it: DEFLATE, no flags, no time, nothing about the level, Unix. */
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};

  /** A final block with fixed codes and nothing in it, filled up to whole bytes. */
  private static final byte[] FINAL_BLOCK = {3, 0};

  private final WritableByteChannel out;
  private final DeflateLevel level;
  private final int maxWaiting;
  private final ExecutorService threads;
  private final Queue<DeflateEncoder> idleEncoders = new ConcurrentLinkedQueue<>();
  private final Deque<Chunk> idleChunks = new ArrayDeque<>();
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private final CRC32 crc = new CRC32();
  private Chunk chunk = new Chunk();
  private long size;
  private boolean open = true;

  /** A chunk's uncompressed and, later, compressed bytes. Its arrays are used again and again. */
  private static final class Chunk {
    final byte[] data = new byte[MatchFinder.WINDOW + CHUNK_SIZE + MatchFinder.SLACK];
    byte @Nullable [] compressed;
    int start;
    int end;

    /** Empties this chunk and makes the end of the one before it its dictionary. */
    void follow(Chunk previous) {
      start = Math.min(previous.end, MatchFinder.WINDOW);
      System.arraycopy(previous.data, previous.end - start, data, 0, start);
      end = start;
    }

    int room() {
      return start + CHUNK_SIZE - end;
    }

    ByteBuffer encode(DeflateEncoder encoder) {
      byte[] target = compressed;
      if (target == null) {
        target = new byte[DeflateEncoder.outputBound(CHUNK_SIZE)];
        compressed = target;
      }
      return ByteBuffer.wrap(target, 0, encoder.encode(data, start, end, target));
    }
  }

  private record Waiting(Chunk chunk, Future<ByteBuffer> compressed) {}

  GzipChannel(WritableByteChannel out, DeflateLevel level, int threads) throws IOException {
    this.out = out;
    this.level = level;
    maxWaiting = 2 * threads;
    this.threads =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("slipway-gzip-", 0).factory());
    writeFully(ByteBuffer.wrap(HEADER));
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    if (!open) {
      throw new ClosedChannelException();
    }
    int count = source.remaining();
    while (source.hasRemaining()) {
      if (chunk.room() == 0) {
        submitChunk();
      }
      int part = Math.min(chunk.room(), source.remaining());
      source.get(chunk.data, chunk.end, part);
      crc.update(chunk.data, chunk.end, part);
      chunk.end += part;
    }
    size += count;
    return count;
  }

  /** Writes what is left, and what makes the stream whole. */
  void finish() throws IOException {
    if (chunk.end > chunk.start) {
      submitChunk();
    }
    while (!waiting.isEmpty()) {
      writeFirst();
    }
    ByteBuffer end =
        ByteBuffer.allocate(FINAL_BLOCK.length + 2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    writeFully(end.put(FINAL_BLOCK).putInt((int) crc.getValue()).putInt((int) size).flip());
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  /** Lets the threads go. What they have not compressed yet is lost. */
  @Override
  public void close() {
    open = false;
    threads.shutdownNow();
  }

  private void submitChunk() throws IOException {
    while (waiting.size() >= maxWaiting) {
      writeFirst();
    }
    Chunk full = chunk;
    waiting.add(new Waiting(full, threads.submit(() -> compress(full))));
    chunk = idleChunks.isEmpty() ? new Chunk() : idleChunks.remove();
    chunk.follow(full);
  }

  private ByteBuffer compress(Chunk full) {
    DeflateEncoder idle = idleEncoders.poll();
    DeflateEncoder encoder = idle != null ? idle : new DeflateEncoder(level);
    ByteBuffer compressed = full.encode(encoder);
    idleEncoders.add(encoder);
    return compressed;
  }

  private void writeFirst() throws IOException {
    Waiting first = waiting.remove();
    writeFully(Futures.await(first.compressed()));
    idleChunks.add(first.chunk());
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
