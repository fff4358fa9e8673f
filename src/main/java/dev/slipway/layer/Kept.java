package dev.slipway.layer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The beginning of a layer, kept from when it was measured so that its small files need not be read
 * again: as much as the budget allows.
 */
final class Kept {
  /** About what it takes to remember a large file. */
  private static final int FILE = 512;

  private final Budget budget;
  private final List<Content> pieces = new ArrayList<>();
  private final List<Content> pending = new ArrayList<>();
  private long pendingCost;
  private boolean full;
  private long members;
  private long bytes;

  Kept(Budget budget) {
    this.budget = budget;
  }

  /** Sees the next bytes; {@code count} as in {@link TarPipeline.Sink#bytes}. */
  void bytes(ByteBuffer next, long count) {
    if (add(next.remaining())) {
      int from = next.arrayOffset() + next.position();
      pending.add(
          new Content.Bytes(Arrays.copyOfRange(next.array(), from, from + next.remaining())));
      if (count != TarPipeline.Sink.INSIDE) {
        pending.forEach(piece -> bytes += piece.size());
        pieces.addAll(pending);
        pending.clear();
        pendingCost = 0;
        members = count;
      }
    }
  }

  /** Sees the next large file. */
  void file(SourceFile file) {
    if (add(FILE)) {
      pending.add(file);
    }
  }

  private boolean add(long cost) {
    if (!full && !budget.take(cost)) {
      full = true;
      budget.give(pendingCost);
      pending.clear();
    }
    pendingCost += cost;
    return !full;
  }

  /** The bytes and large files that the layer begins with. */
  List<Content> pieces() {
    return pieces;
  }

  /** Whether that is the whole layer. */
  boolean whole() {
    return !full;
  }

  /** How many members are kept. */
  long members() {
    return members;
  }

  /** How long the beginning is. */
  long size() {
    return bytes;
  }
}
