package dev.slipway.oci;

import java.io.IOException;

/**
 * An image, or something that it is made from, is not what it should be. The message is one line
 * that names the culprit and what was expected, fit to be shown to a user as it stands.
 */
public class ImageException extends IOException {
  private static final long serialVersionUID = 1L;

  /** An exception with this one-line message. */
  public ImageException(String message) {
    super(message);
  }

  /** An exception with this one-line message and the fault that led to it. */
  public ImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
