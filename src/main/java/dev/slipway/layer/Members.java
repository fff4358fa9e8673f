package dev.slipway.layer;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The members of one layer in their order, as often as asked. */
interface Members {
  /** Goes through members once. */
  interface Cursor {
    /** What comes next, or null behind the last. */
    @Nullable Stretch next() throws IOException;
  }

  /** How the layer is written. */
  TarDialect dialect();

  /**
   * Whether {@link #open} repeats what was seen earlier, without looking at the files again; what
   * it then says of them may no longer be so.
   */
  boolean remembered();

  /** The members behind the first {@code skipped}. */
  Cursor open(long skipped) throws IOException;

  /**
   * Whether all files have the modes that Nix leaves in its store; known when they have been gone
   * through once.
   */
  default boolean haveStoreModes() {
    return false;
  }

  /** What the layer is made from, for messages. */
  String describe();
}
