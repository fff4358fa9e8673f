package dev.slipway.layer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Members with others behind them.
 *
 * @param first the first
 * @param count how many these are
 * @param rest what follows, in the same dialect or one that calls owners otherwise
 */
record JoinedMembers(Members first, long count, Members rest) implements Members {
  @Override
  public TarDialect dialect() {
    return rest.dialect();
  }

  @Override
  public boolean remembered() {
    return first.remembered() || rest.remembered();
  }

  @Override
  public Cursor open(long skipped) throws IOException {
    if (skipped >= count) {
      return rest.open(skipped - count);
    }
    return new Cursor() {
      private Cursor cursor = first.open(skipped);
      private boolean second;

      @Override
      public @Nullable Stretch next() throws IOException {
        Stretch stretch = cursor.next();
        if (stretch == null && !second) {
          second = true;
          cursor = rest.open(0);
          stretch = cursor.next();
        }
        return stretch;
      }
    };
  }

  @Override
  public String describe() {
    String more = rest.describe();
    return more.isEmpty() ? first.describe() : first.describe() + ", " + more;
  }
}
