package dev.slipway.transport;

import com.github.luben.zstd.ZstdInputStream;
import dev.slipway.oci.ImageException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.util.zip.GZIPInputStream;

/** How a stream is compressed. */
enum Decompression {
  NONE,
  GZIP,
  ZSTD;

  /** Looks at the first bytes of {@code in}, which supports marks and stays where it was. */
  static Decompression detect(InputStream in, String what) throws IOException {
    in.mark(6);
    byte[] magic = in.readNBytes(6);
    in.reset();
    int first = magic.length < 4 ? 0 : (magic[0] & 0xff) << 8 | (magic[1] & 0xff);
    return switch (first) {
      case 0x1f8b -> GZIP;
      case 0x28b5 -> ZSTD;
      case 0x425a, 0xfd37 -> throw new ImageException(what + ": compression is not supported");
      default -> NONE;
    };
  }

  /** The plain bytes of {@code in}; {@code what} names it where they cannot be had. */
  InputStream plain(InputStream in, String what) throws IOException {
    if (this == NONE) {
      return in;
    }
    try {
      return new Plain(
          this == GZIP ? new GZIPInputStream(in, 64 << 10) : new ZstdInputStream(in), what);
    } catch (IOException e) {
      throw damaged(what, e);
    }
  }

  private static IOException damaged(String what, IOException fault) {
    return switch (fault) {
      case EOFException _ -> new ImageException(what + ": compressed data is truncated", fault);
      case ClosedChannelException _, InterruptedIOException _, ImageException _ -> fault;
      default ->
          new ImageException(what + ": compressed data is damaged: " + fault.getMessage(), fault);
    };
  }

  private static final class Plain extends FilterInputStream {
    private final String what;

    Plain(InputStream in, String what) {
      super(in);
      this.what = what;
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (IOException e) {
        throw damaged(what, e);
      }
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      try {
        return super.read(target, start, length);
      } catch (IOException e) {
        throw damaged(what, e);
      }
    }
  }
}
