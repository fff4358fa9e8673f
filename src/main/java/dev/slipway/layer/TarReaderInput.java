package dev.slipway.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The bytes of a tar that {@link TarReader} reads: blocks, and contents padded to whole blocks. */
final class TarReaderInput {
  private static final int BLOCK = TarReaderBlock.SIZE;

  private final InputStream in;
  private final String archive;
  private long position;
  private @Nullable Content content;

  TarReaderInput(InputStream in, String archive) {
    this.in = in;
    this.archive = archive;
  }

  /** How many bytes have been read. */
  long position() {
    return position;
  }

  /** Complains of what begins here. */
  TarReaderFault faultHere() {
    return new TarReaderFault(archive, position);
  }

  /** The next block, or null at the end. */
  byte @Nullable [] block(TarReaderFault fault) throws IOException {
    byte[] bytes = in.readNBytes(BLOCK);
    position += bytes.length;
    if (bytes.length == 0) {
      return null;
    }
    if (bytes.length < BLOCK) {
      throw fault.in("block", "is truncated");
    }
    return bytes;
  }

  /** The next block of a member, which must be there. */
  byte[] present(TarReaderFault fault) throws IOException {
    byte[] bytes = block(fault);
    if (bytes == null) {
      throw truncated(fault);
    }
    return bytes;
  }

  /** As many bytes as {@code size}; their padding is skipped. */
  byte[] padded(int size, TarReaderFault fault) throws IOException {
    byte[] bytes = in.readNBytes(size);
    position += bytes.length;
    if (bytes.length < size) {
      throw truncated(fault);
    }
    skip(padding(size), fault);
    return bytes;
  }

  /** The content that begins here, to be ended by {@link #finishContent}. */
  InputStream content(long size, TarReaderFault fault) {
    content = new Content(size, fault);
    return content;
  }

  /** Skips what was not read of the content at hand, if there is one, and its padding. */
  void finishContent() throws IOException {
    if (content != null) {
      content.finish();
      content = null;
    }
  }

  /** Reads to the end, before which nothing but blocks of zeros may come. */
  void expectZeros() throws IOException {
    byte[] buffer = new byte[32 * BLOCK];
    while (true) {
      int count = in.readNBytes(buffer, 0, buffer.length);
      for (int i = 0; i < count; i++) {
        if (buffer[i] != 0) {
          throw new TarFormatException(
              archive, position + i, "end", "is followed by something that is no padding");
        }
      }
      position += count;
      if (count % BLOCK != 0) {
        throw new TarFormatException(archive, position, "end", "is truncated");
      }
      if (count < buffer.length) {
        return;
      }
    }
  }

  private void skip(long count, TarReaderFault fault) throws IOException {
    try {
      in.skipNBytes(count);
    } catch (EOFException e) {
      throw truncated(fault);
    }
    position += count;
  }

  private static long padding(long size) {
    return -size & (BLOCK - 1);
  }

  private static TarFormatException truncated(TarReaderFault fault) {
    return fault.in("member", "is truncated");
  }

  /** The stored content of a member. */
  private final class Content extends BulkInputStream {
    private final TarReaderFault fault;
    private final long padding;
    private long left;

    Content(long size, TarReaderFault fault) {
      this.left = size;
      this.padding = padding(size);
      this.fault = fault;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int count = in.read(target, start, (int) Math.min(length, left));
      if (count < 0) {
        throw truncated(fault);
      }
      left -= count;
      position += count;
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      long skipped = in.skip(Math.min(count, left));
      left -= skipped;
      position += skipped;
      return skipped;
    }

    /** Skips the rest; the archive may end before the padding does, but not within it. */
    void finish() throws IOException {
      TarReaderInput.this.skip(left, fault);
      left = 0;
      int count = in.readNBytes((int) padding).length;
      position += count;
      if (count > 0 && count < padding) {
        throw truncated(fault);
      }
    }
  }
}
