package dev.slipway.transport;

import dev.slipway.layer.Compression;
import dev.slipway.oci.Digest;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A layer's bytes as an OCI layout stores them, held against the digest that it has for them: they
 * can be handed on as they are.
 *
 * @param digest of the bytes
 * @param size how many there are
 * @param compression how they are compressed
 * @param blob where they lie
 */
record StoredLayer(Digest digest, long size, Compression compression, ArchivedBlob blob)
    implements ReadableBlob {
  private static final int BUFFER = 128 << 10;

  @Override
  public InputStream open(long offset) throws IOException {
    blob.archive().checkUnchanged(blob.offset());
    return new BufferedInputStream(
        blob.archive().section(blob.offset() + offset, size - offset), BUFFER);
  }
}
