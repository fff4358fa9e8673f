package dev.slipway.cli;

/**
 * Which Slipway this is. A constant, since a resource or manifest would have to be opened for it; a
 * test compares it with the POM.
 */
final class Version {
  static final String NUMBER = "0.1.0";

  /** What {@code --version} prints. */
  static final String LINE = "slipway " + NUMBER;

  private Version() {}
}
