package dev.slipway.layer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Goes through members in batches, of which the next may be looked up by a helper meanwhile. */
final class AheadCursor implements Members.Cursor, AutoCloseable {
  private static final int BATCH = 256;

  private final Members.Cursor members;
  private final Backlog backlog;
  private Iterator<Stretch> batch = Collections.emptyIterator();
  private @Nullable Claimable<List<Stretch>> next;

  AheadCursor(Members.Cursor members, Backlog backlog) {
    this.members = members;
    this.backlog = backlog;
    this.next = new Claimable<>(backlog, this::fetch);
  }

  /** One call at a time: each begins after the result of the one before was taken. */
  private List<Stretch> fetch() throws IOException {
    List<Stretch> fetched = new ArrayList<>(BATCH);
    while (fetched.size() < BATCH) {
      Stretch stretch = members.next();
      if (stretch == null) {
        break;
      }
      fetched.add(stretch);
    }
    return fetched;
  }

  @Override
  public @Nullable Stretch next() throws IOException {
    if (!batch.hasNext() && next != null) {
      List<Stretch> fetched = next.take();
      batch = fetched.iterator();
      if (fetched.size() < BATCH) {
        next = null;
      } else {
        next = new Claimable<>(backlog, this::fetch);
        next.offerFirst();
      }
    }
    return batch.hasNext() ? batch.next() : null;
  }

  @Override
  public void close() {
    if (next != null) {
      next.cancel();
    }
  }
}
