package dev.slipway.layer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Turns members into the bytes of a tar. Headers and small files are put together in segments,
 * large files go to the sink by themselves.
 *
 * <p>A few segments are planned ahead, so that helpers may read their files in, and look for the
 * members behind them, while the sink is busy.
 */
final class TarPipeline {
  private static final int SEGMENT = SegmentPool.SEGMENT;
  private static final int AHEAD = 16;

  /**
   * Larger files go to the sink by themselves. To open one once more then costs about as much as to
   * keep 40 KiB from the first time.
   */
  private static final int SMALL = 32 << 10;

  /** Takes the bytes of a tar, in order. */
  interface Sink {
    /** Stands for a number of members where bytes end in the middle of one. */
    long INSIDE = -1;

    /**
     * Takes bytes, which may change afterwards.
     *
     * @param members how many members are whole now, or {@link #INSIDE}
     */
    void bytes(ByteBuffer bytes, long members) throws IOException;

    /** Takes the content of a large file. */
    void file(SourceFile file) throws IOException;
  }

  private final Backlog backlog;
  private final SegmentPool pool;
  private final boolean recheck;
  private final Sink sink;
  private final Deque<Step> steps = new ArrayDeque<>();
  private Segment current;
  private long members;

  /**
   * @param helpers run what they are given at any time or never
   * @param pool where segments come from, and go unless writing fails: a helper may be filling them
   *     then
   * @param recheck whether files may have changed since they were looked at
   */
  TarPipeline(Executor helpers, SegmentPool pool, boolean recheck, Sink sink) {
    this.backlog = new Backlog(helpers);
    this.pool = pool;
    this.current = new Segment(pool.take());
    this.recheck = recheck;
    this.sink = sink;
  }

  /** A segment or a large file. */
  private sealed interface Step {
    /** Hands it to the sink. */
    void take() throws IOException;
  }

  private final class Large implements Step {
    private final SourceFile file;

    Large(SourceFile file) {
      this.file = file;
    }

    @Override
    public void take() throws IOException {
      sink.file(file);
      if (recheck) {
        file.recheck();
      }
    }
  }

  private record Slot(int at, SourceFile file) {}

  /** Bytes of the tar, complete once its files have been read in. */
  private final class Segment implements Step {
    final byte[] bytes;
    final List<Slot> slots = new ArrayList<>();
    final Claimable<@Nullable Void> filling = new Claimable<>(backlog, this::fill);
    int length;
    long members;

    Segment(byte[] bytes) {
      this.bytes = bytes;
    }

    boolean hasRoom(long more) {
      return length + more <= SEGMENT;
    }

    @Override
    public void take() throws IOException {
      filling.take();
      sink.bytes(ByteBuffer.wrap(bytes, 0, length), members);
      pool.give(bytes);
    }

    private @Nullable Void fill() throws IOException {
      for (Slot slot : slots) {
        slot.file().readInto(bytes, slot.at());
        if (recheck) {
          slot.file().recheck();
        }
      }
      return null;
    }
  }

  /**
   * Writes the members that {@code rest} has left, and the end of the archive.
   *
   * @param position how many bytes of the archive stand before them
   * @param membersBefore how many members do
   * @return how many bytes the archive has
   */
  long run(Members.Cursor rest, TarDialect dialect, long position, long membersBefore)
      throws IOException {
    return run(rest, dialect, position, membersBefore, true);
  }

  /** The same without the end if that is not yet to come. */
  long run(
      Members.Cursor rest, TarDialect dialect, long position, long membersBefore, boolean toEnd)
      throws IOException {
    long at = position;
    members = membersBefore;
    HeaderEncoder encoder = new HeaderEncoder(dialect);
    try (AheadCursor cursor = new AheadCursor(rest, backlog)) {
      for (Stretch next = cursor.next(); next != null; next = cursor.next()) {
        if (next instanceof MemberRun run) {
          at += run.file().size();
          add(run);
        } else {
          Member member = (Member) next;
          TarHeader header = member.header();
          ByteBuffer blocks = encoder.encode(header);
          int padding = HeaderEncoder.padding(header.size());
          at += blocks.remaining() + header.size() + padding;
          add(blocks, member.content(), padding);
        }
      }
      long end = toEnd ? TarWriter.end(at) : 0;
      zeros((int) end);
      endSegment(true);
      while (!steps.isEmpty()) {
        take();
      }
      pool.give(current.bytes);
      return at + end;
    } finally {
      for (Step step : steps) {
        if (step instanceof Segment segment) {
          segment.filling.cancel();
        }
      }
    }
  }

  /** How many members the archive has, once it has been written. */
  long members() {
    return members;
  }

  private void add(ByteBuffer header, Content content, int padding) throws IOException {
    boolean small = content.size() <= SMALL;
    long together = padding + (small ? content.size() : 0);
    if (!current.hasRoom(header.remaining() + together)) {
      endSegment(true);
    }
    append(header);
    if (content instanceof Content.Bytes inMemory) {
      append(ByteBuffer.wrap(inMemory.bytes()));
    } else {
      SourceFile file = (SourceFile) content;
      if (small) {
        if (!current.hasRoom(together)) {
          endSegment(false);
        }
        fill(file);
      } else {
        endSegment(false);
        plan(new Large(file));
      }
    }
    zeros(padding);
    members++;
  }

  private void add(MemberRun run) throws IOException {
    SourceFile file = run.file();
    if (file.size() <= SMALL) {
      if (!current.hasRoom(file.size())) {
        endSegment(true);
      }
      fill(file);
    } else {
      endSegment(true);
      plan(new Large(file));
    }
    members += run.count();
  }

  /** Leaves room in the segment for the content of a small file. */
  private void fill(SourceFile file) {
    if (file.size() > 0) {
      current.slots.add(new Slot(current.length, file));
      current.length += (int) file.size();
    }
  }

  private void append(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (!current.hasRoom(1)) {
        endSegment(false);
      }
      int count = Math.min(bytes.remaining(), SEGMENT - current.length);
      bytes.get(current.bytes, current.length, count);
      current.length += count;
    }
  }

  private void zeros(int count) throws IOException {
    int left = count;
    while (left > 0) {
      if (!current.hasRoom(1)) {
        endSegment(false);
      }
      int here = Math.min(left, SEGMENT - current.length);
      Arrays.fill(current.bytes, current.length, current.length + here, (byte) 0);
      current.length += here;
      left -= here;
    }
  }

  private void endSegment(boolean betweenMembers) throws IOException {
    if (current.length == 0) {
      return;
    }
    Segment ended = current;
    ended.members = betweenMembers ? members : Sink.INSIDE;
    if (!ended.slots.isEmpty()) {
      ended.filling.offer();
    }
    current = new Segment(pool.take());
    plan(ended);
  }

  private void plan(Step step) throws IOException {
    steps.add(step);
    while (steps.size() > AHEAD) {
      take();
    }
  }

  /** Hands the oldest step to the sink. */
  private void take() throws IOException {
    steps.element().take();
    steps.remove();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("interrupted");
    }
  }
}
