package dev.slipway.layer;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.slipway.oci.ImageException;
import java.io.IOException;

/** Decompresses zstd and says whose data are at fault when they are. */
final class ZstdReader extends BulkInputStream {
  private final ZstdInputStreamNoFinalizer in;
  private final String name;

  ZstdReader(ZstdInputStreamNoFinalizer in, String name) {
    this.in = in;
    this.name = name;
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    try {
      return in.read(bytes, from, count);
    } catch (ZstdIOException e) {
      throw new ImageException(
          "%s: zstd data are damaged or truncated: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
