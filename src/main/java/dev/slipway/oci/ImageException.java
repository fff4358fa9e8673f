package dev.slipway.oci;

import java.io.IOException;

/**
 * An image, or something that it is made from, is not what it should be. The message is one line
 * that names the culprit and what was expected, fit to be shown to a user as it stands.
 */
public class ImageException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int MOST_CHARACTERS = 4000;

  /** An exception with this one-line message. */
  public ImageException(String message) {
    super(oneLine(message));
  }

  /** An exception with this one-line message and the fault that led to it. */
  public ImageException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Names in the message may come from anywhere, be of any length and hold anything. */
  private static String oneLine(String message) {
    StringBuilder line = new StringBuilder();
    int shown = Math.min(message.length(), MOST_CHARACTERS);
    for (int i = 0; i < shown; i++) {
      char c = message.charAt(i);
      if (Character.isISOControl(c)) {
        line.append("\\x%02x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    return (shown < message.length() ? line.append("...") : line).toString();
  }
}
