package dev.slipway.layer;

import dev.slipway.files.TreeForm;
import java.io.IOException;
import java.util.Map;

/** How what a layer is made from gets to where it is read from. */
public interface Arrival {
  /** All of it is there, as files. */
  Arrival HERE =
      new Arrival() {
        @Override
        public boolean isHere() {
          return true;
        }

        @Override
        public void begin() {}

        @Override
        public Map<String, TreeForm.Formed> await() {
          return Map.of();
        }
      };

  /**
   * Whether all of it is there as files. What is not is known by its content: what was measured of
   * it once is still so.
   */
  boolean isHere();

  /**
   * Begins to bring it there, because it will be read soon; may be asked more than once.
   *
   * @throws IOException if that cannot even begin
   */
  void begin() throws IOException;

  /**
   * Returns when it is there; may be asked more than once, by several threads.
   *
   * @return by the paths of their roots in the layer, what has come in the {@linkplain
   *     StoreLayer#form form} that it has there; all else lies as files
   * @throws IOException if it cannot be brought there
   */
  Map<String, TreeForm.Formed> await() throws IOException;
}
