package dev.slipway.layer;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The tar of a layer whose digest is known. */
final class MeasuredBlob implements Blob {
  private final Members members;
  private final Measurement measurement;
  private final boolean justMeasured;
  private final AtomicReference<@Nullable Kept> kept;
  private final Executor helpers;
  private final SegmentPool segments;

  /**
   * @param kept what is remembered of it, if it was measured just now; else null. The first to
   *     write the blob uses it up.
   */
  MeasuredBlob(
      Members members,
      Measurement measurement,
      @Nullable Kept kept,
      Executor helpers,
      SegmentPool segments) {
    this.members = members;
    this.measurement = measurement;
    this.justMeasured = kept != null;
    this.kept = new AtomicReference<>(kept);
    this.helpers = helpers;
    this.segments = segments;
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
    long before = 0;
    boolean whole = false;
    Kept beginning = kept.getAndSet(null);
    if (beginning != null && beginning.isThere()) {
      try {
        beginning.writeTo(output);
      } finally {
        beginning.release();
      }
      before = beginning.members();
      whole = beginning.whole();
    }
    if (!whole) {
      boolean recheck = justMeasured && members.remembered();
      long at = output.written;
      if (members instanceof JoinedMembers(Members first, long count, _) && before < count) {
        // Its dialect is that of what follows.
        at =
            new TarPipeline(helpers, segments, recheck, output)
                .run(first.open(before), first.dialect(), at, before, false);
        before = count;
      }
      new TarPipeline(helpers, segments, recheck, output)
          .run(members.open(before), members.dialect(), at, before);
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
