package dev.slipway.cli;

import dev.slipway.build.Progress;

/** Shows the making of one image; closing it takes away what is still shown of it. */
interface ProgressView extends Progress, AutoCloseable {
  /** Shows nothing. */
  ProgressView NONE = new ProgressView() {};

  @Override
  default void close() {}
}
