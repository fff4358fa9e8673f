package dev.slipway.layer;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The tar of a layer whose digest is known. */
final class MeasuredBlob implements Blob {
  private final Members members;
  private final Measurement measurement;
  private final @Nullable Kept kept;
  private final Executor helpers;

  /**
   * @param kept what is remembered of it, if it was measured just now; else null
   */
  MeasuredBlob(Members members, Measurement measurement, @Nullable Kept kept, Executor helpers) {
    this.members = members;
    this.measurement = measurement;
    this.kept = kept;
    this.helpers = helpers;
  }

  @Override
  public Digest digest() {
    return measurement.digest();
  }

  @Override
  public long size() {
    return measurement.size();
  }

  @Override
  public void writeTo(WritableByteChannel out) throws IOException {
    Output output = new Output(out);
    long membersBefore = 0;
    if (kept != null) {
      for (Content piece : kept.pieces()) {
        switch (piece) {
          case Content.Bytes(byte[] bytes) ->
              output.bytes(ByteBuffer.wrap(bytes), TarPipeline.Sink.INSIDE);
          case SourceFile file -> {
            output.file(file);
            file.recheck();
          }
        }
      }
      membersBefore = kept.members();
    }
    if (kept == null || !kept.whole()) {
      boolean recheck = kept != null && members.remembered();
      new TarPipeline(helpers, recheck, output)
          .run(members.open(membersBefore), members.dialect(), output.written, membersBefore);
    }
    if (output.written != size()) {
      throw changed();
    }
  }

  private ImageException changed() {
    return new ImageException(
        "the layer of " + members.describe() + " is not the " + size() + " bytes that it was");
  }

  /** Writes to a channel, but never more than the size that was announced. */
  private final class Output implements TarPipeline.Sink {
    private final WritableByteChannel out;
    private long written;

    Output(WritableByteChannel out) {
      this.out = out;
    }

    @Override
    public void bytes(ByteBuffer bytes, long count) throws IOException {
      announce(bytes.remaining());
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
    }

    @Override
    public void file(SourceFile file) throws IOException {
      announce(file.size());
      file.writeTo(out);
    }

    private void announce(long more) throws IOException {
      written += more;
      if (written > size()) {
        throw changed();
      }
    }
  }
}
