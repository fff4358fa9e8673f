package dev.slipway.layer;

import java.io.IOException;

/** How the files of a layer get to where they are read from. */
public interface Arrival {
  /** They are there. */
  Arrival HERE =
      new Arrival() {
        @Override
        public boolean isHere() {
          return true;
        }

        @Override
        public void begin() {}

        @Override
        public void await() {}
      };

  /**
   * Whether they are there. Those that are not are known by their content: what was measured of
   * them once is still so.
   */
  boolean isHere();

  /**
   * Begins to bring them there, because they will be read soon; may be asked more than once.
   *
   * @throws IOException if that cannot even begin
   */
  void begin() throws IOException;

  /**
   * Returns when they are there; may be asked more than once, by several threads.
   *
   * @throws IOException if they cannot be brought there
   */
  void await() throws IOException;
}
