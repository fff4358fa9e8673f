package dev.slipway.layer;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;

/**
 * Writes zstd (RFC 8878), one frame with a checksum and without a content size, as the command of
 * that name writes it when it reads a pipe.
 *
 * @param level 1, fast, to 19, small
 * @param workers how many threads compress, beside the one that calls. The bytes do not depend on
 *     it; without any they would be others, so there is always one
 */
public record ZstdCompressor(int level, int workers) implements Compressor {
  /** The level that is used when nobody asks for another. */
  public static final int DEFAULT_LEVEL = 3;

  /** Beyond it, readers need more memory than they grant unasked. */
  private static final int MAX_LEVEL = 19;

  private static final int INPUT_SIZE = 1 << 20;
  private static final int OUTPUT_SIZE = 1 << 18;

  /** Refuses levels and numbers of workers that do not exist. */
  public ZstdCompressor {
    if (level < 1 || level > MAX_LEVEL) {
      throw new IllegalArgumentException(
          "zstd level %d: expected 1 to %d".formatted(level, MAX_LEVEL));
    }
    if (workers < 1) {
      throw new IllegalArgumentException("%d workers: expected at least 1".formatted(workers));
    }
  }

  @Override
  public Compression compression() {
    return Compression.ZSTD;
  }

  @Override
  public void compress(Input input, WritableByteChannel out) throws IOException {
    try (var zstd = new ZstdCompressCtx();
        var arena = Arena.ofConfined()) {
      zstd.setLevel(level).setWorkers(workers).setChecksum(true);
      try (var channel = new ZstdChannel(zstd, arena, out)) {
        input.writeTo(channel);
        channel.finish();
      }
    }
  }

  /** Gathers what is written, so that the sizes of the writes cannot matter. */
  private static final class ZstdChannel implements WritableByteChannel {
    private final ZstdCompressCtx zstd;
    private final WritableByteChannel out;
    private final ByteBuffer input;
    private final ByteBuffer output;
    private boolean open = true;

    ZstdChannel(ZstdCompressCtx zstd, Arena arena, WritableByteChannel out) throws IOException {
      this.zstd = zstd;
      this.out = out;
      input = arena.allocate(INPUT_SIZE).asByteBuffer();
      output = arena.allocate(OUTPUT_SIZE).asByteBuffer();
      // Were the first call the last one too, zstd would know the size and write other bytes.
      compressInput(EndDirective.CONTINUE);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      if (!open) {
        throw new ClosedChannelException();
      }
      int count = source.remaining();
      while (source.hasRemaining()) {
        if (!input.hasRemaining()) {
          compressInput(EndDirective.CONTINUE);
        }
        int part = Math.min(input.remaining(), source.remaining());
        input.put(input.position(), source, source.position(), part);
        input.position(input.position() + part);
        source.position(source.position() + part);
      }
      return count;
    }

    void finish() throws IOException {
      compressInput(EndDirective.END);
      writeOutput();
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }

    private void compressInput(EndDirective directive) throws IOException {
      input.flip();
      try {
        boolean flushed;
        do {
          if (!output.hasRemaining()) {
            writeOutput();
          }
          flushed = zstd.compressDirectByteBufferStream(output, input, directive);
        } while (input.hasRemaining() || (directive == EndDirective.END && !flushed));
      } catch (ZstdException e) {
        throw new IOException("zstd: " + e.getMessage(), e);
      }
      input.clear();
    }

    private void writeOutput() throws IOException {
      output.flip();
      while (output.hasRemaining()) {
        out.write(output);
      }
      output.clear();
    }
  }
}
