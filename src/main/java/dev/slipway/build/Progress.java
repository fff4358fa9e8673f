package dev.slipway.build;

/**
 * Hears how far the making of an image has come. Calls come from several threads, but {@link
 * #started} comes before and {@link #finished} after all others.
 */
public interface Progress {
  /** Hears nothing. */
  Progress NONE = new Progress() {};

  /**
   * The image will have this many layers.
   *
   * @param image the image's name and tag, for display
   */
  default void started(String image, int layers) {}

  /** This many more bytes of layers have been measured. */
  default void measured(long bytes) {}

  /** This many more bytes of layers have been written. */
  default void written(long bytes) {}

  /** A script has printed this line. */
  default void output(String line) {}

  /** Something is odd but no fault; one line. */
  default void warning(String message) {}

  /** The image is whole. */
  default void finished() {}
}
