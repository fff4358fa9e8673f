package dev.slipway.layer;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * Writes gzip (RFC 1952), one member without a name or time, with Slipway's own DEFLATE encoder, on
 * several threads.
 *
 * @param level 1, fast, to 9, small; the default is faster than zlib at its level 6, and smaller
 * @param threads how many chunks are compressed at a time, beside the thread that calls; each takes
 *     up to 2 MiB of heap while the compression lasts. The bytes do not depend on it
 */
public record GzipCompressor(int level, int threads) implements Compressor {
  /** The level that is used when nobody asks for another. */
  public static final int DEFAULT_LEVEL = 6;

  /** Refuses levels and numbers of threads that do not exist. */
  public GzipCompressor {
    if (level < DeflateLevel.FASTEST || level > DeflateLevel.BEST) {
      throw new IllegalArgumentException(
          "gzip level %d: expected %d to %d"
              .formatted(level, DeflateLevel.FASTEST, DeflateLevel.BEST));
    }
    if (threads < 1) {
      throw new IllegalArgumentException("%d threads: expected at least 1".formatted(threads));
    }
  }

  @Override
  public Compression compression() {
    return Compression.GZIP;
  }

  @Override
  public void compress(Input input, WritableByteChannel out) throws IOException {
    try (var gzip = new GzipChannel(out, DeflateLevel.of(level), threads)) {
      input.writeTo(gzip);
      gzip.finish();
    }
  }
}
