package dev.slipway.cli;

import dev.slipway.oci.ImageException;

/** The command line, or a setting of the environment, is wrong. */
final class UsageException extends ImageException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
