package dev.slipway.layer;

import dev.slipway.files.TreeForm;
import java.io.IOException;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Members of what must be waited for, once and before anything is looked at. */
final class ArrivingMembers implements Members {
  private final Members announced;
  private final Arrival arrival;
  private final Function<Map<String, TreeForm.Formed>, Members> made;
  private volatile @Nullable Members arrived;

  /**
   * @param announced what would be read if all of it lay there as files
   * @param arrival brings it
   * @param made makes the members of what has arrived
   */
  ArrivingMembers(
      Members announced, Arrival arrival, Function<Map<String, TreeForm.Formed>, Members> made) {
    this.announced = announced;
    this.arrival = arrival;
    this.made = made;
  }

  @Override
  public TarDialect dialect() {
    return announced.dialect();
  }

  @Override
  public boolean remembered() {
    Members there = arrived;
    return there != null && there.remembered();
  }

  @Override
  public Cursor open(long skipped) throws IOException {
    return arrived().open(skipped);
  }

  private synchronized Members arrived() throws IOException {
    Members there = arrived;
    if (there == null) {
      there = made.apply(arrival.await());
      arrived = there;
    }
    return there;
  }

  @Override
  public boolean haveStoreModes() {
    Members there = arrived;
    return there != null && there.haveStoreModes();
  }

  @Override
  public String describe() {
    return announced.describe();
  }
}
