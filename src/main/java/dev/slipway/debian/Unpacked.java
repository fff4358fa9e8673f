package dev.slipway.debian;

import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.tukaani.xz.XZInputStream;

/** The content of a file from elsewhere, which is damaged or too large if it is not all read. */
final class Unpacked extends FilterInputStream {
  /** Debian's packages ask for at most 65 MiB. */
  private static final int MOST_XZ_KIB = 160 << 10;

  private final String what;
  private long left;

  private Unpacked(InputStream in, String what, long most) {
    super(in);
    this.what = what;
    this.left = most;
  }

  /**
   * Opens a file.
   *
   * @param in the file, closed with the result
   * @param name what tells how it is compressed
   * @param what names it in errors
   * @param most how many bytes its content may have
   */
  static InputStream open(InputStream in, String name, String what, long most) throws IOException {
    try {
      return new Unpacked(opened(in, name, what), what, most);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(what, e);
    }
  }

  private static InputStream opened(InputStream in, String name, String what) throws IOException {
    if (name.endsWith(".gz")) {
      return Compression.GZIP.decompress(in, what);
    }
    if (name.endsWith(".zst")) {
      return Compression.ZSTD.decompress(in, what);
    }
    return name.endsWith(".xz") ? new XZInputStream(in, MOST_XZ_KIB) : in;
  }

  private static ImageException damaged(String what, IOException fault) {
    return new ImageException(
        "%s: is damaged or truncated: %s".formatted(what, fault.getMessage()), fault);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    int read;
    try {
      read = in.read(bytes, from, count);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw damaged(what, e);
    }
    left -= Math.max(read, 0);
    if (left < 0) {
      throw new ImageException(what + ": larger than it may be");
    }
    return read;
  }

  @Override
  public long skip(long count) throws IOException {
    byte[] skipped = new byte[Math.clamp(count, 0, 8192)];
    return Math.max(0, read(skipped, 0, skipped.length));
  }
}
