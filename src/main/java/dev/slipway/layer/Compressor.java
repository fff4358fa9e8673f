package dev.slipway.layer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A way to compress a stream. The bytes that come out depend on those that go in, on the level and
 * on this program's version, and on nothing else: not on the machine, the number of threads, or the
 * sizes of the writes.
 */
public sealed interface Compressor permits NoCompression, GzipCompressor, ZstdCompressor {
  /** Something that can be written, {@link Blob#writeTo} for one. */
  @FunctionalInterface
  interface Input {
    /**
     * Writes all of it to {@code out}, which stays open and is of no use afterwards.
     *
     * @throws IOException if it cannot be produced or written
     */
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /**
   * The compressor of this form at its usual level.
   *
   * @param threads how many threads compress, beside the one that calls
   */
  static Compressor of(Compression compression, int threads) {
    return switch (compression) {
      case NONE -> new NoCompression();
      case GZIP -> new GzipCompressor(GzipCompressor.DEFAULT_LEVEL, threads);
      case ZSTD -> new ZstdCompressor(ZstdCompressor.DEFAULT_LEVEL, threads);
    };
  }

  /** The format of what {@link #compress} writes. */
  Compression compression();

  /**
   * Writes {@code input}, compressed, to {@code out}, which stays open. Where the input fails, what
   * has been written so far is not made to look whole.
   *
   * @throws IOException what {@code input} or {@code out} throws, or if the thread is interrupted
   */
  void compress(Input input, WritableByteChannel out) throws IOException;
}
