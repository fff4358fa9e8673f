package dev.slipway.layer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a layer, kept from when it was measured so that its small files need not be read
 * again: as much as the pool has memory for.
 */
final class Kept {
  /** About what it takes to remember a large file. */
  private static final int FILE = 512;

  private final ChunkPool pool;
  private final Budget files;
  private final List<ByteBuffer> chunks = new ArrayList<>();
  private final List<Piece> pieces = new ArrayList<>();
  private final List<Piece> pending = new ArrayList<>();
  private boolean full;
  private long members;

  /** What is written in one go. */
  private interface Piece {
    void writeTo(TarPipeline.Sink sink) throws IOException;
  }

  /** Headers and small files. */
  private record Bytes(ByteBuffer buffer) implements Piece {
    @Override
    public void writeTo(TarPipeline.Sink sink) throws IOException {
      sink.bytes(buffer.duplicate(), TarPipeline.Sink.INSIDE);
    }
  }

  /** A large file, which is read again. */
  private record Large(SourceFile file) implements Piece {
    @Override
    public void writeTo(TarPipeline.Sink sink) throws IOException {
      sink.file(file);
      file.recheck();
    }
  }

  /**
   * @param pool gives the memory; once it is closed, nothing is kept any more
   * @param files bounds what it takes to remember large files, in bytes
   */
  Kept(ChunkPool pool, Budget files) {
    this.pool = pool;
    this.files = files;
  }

  /** Sees the next bytes; {@code count} as in {@link TarPipeline.Sink#bytes}. */
  void bytes(ByteBuffer next, long count) {
    ByteBuffer left = next.duplicate();
    while (!full && left.hasRemaining()) {
      ByteBuffer chunk = room();
      if (chunk == null) {
        full = true;
        return;
      }
      int start = chunk.position();
      int length = Math.min(left.remaining(), chunk.remaining());
      chunk.put(start, left, left.position(), length).position(start + length);
      left.position(left.position() + length);
      pending.add(new Bytes(chunk.slice(start, length)));
    }
    if (!full && count != TarPipeline.Sink.INSIDE) {
      pieces.addAll(pending);
      pending.clear();
      members = count;
    }
  }

  /** Sees the next large file. */
  void file(SourceFile file) {
    full |= !files.take(FILE);
    if (!full) {
      pending.add(new Large(file));
    }
  }

  /** A chunk that is not full; null if there is none. */
  private @Nullable ByteBuffer room() {
    if (!chunks.isEmpty() && chunks.getLast().hasRemaining()) {
      return chunks.getLast();
    }
    ByteBuffer chunk = pool.take();
    if (chunk != null) {
      chunks.add(chunk);
    }
    return chunk;
  }

  /** Whether there is anything to begin with. */
  boolean isThere() {
    return members > 0 && pool.isOpen();
  }

  /**
   * Writes the beginning.
   *
   * @throws IOException if it cannot be written, or if a large file is not what it was
   */
  void writeTo(TarPipeline.Sink sink) throws IOException {
    for (Piece piece : pieces) {
      piece.writeTo(sink);
    }
  }

  /** Gives the memory back; what was kept is lost. */
  void release() {
    pieces.clear();
    chunks.forEach(pool::give);
    chunks.clear();
  }

  /** Whether it is the whole layer. */
  boolean whole() {
    return !full;
  }

  /** How many members are kept. */
  long members() {
    return members;
  }
}
