package dev.slipway.cli.imagefile;

import dev.slipway.oci.ImageException;

/** The image file is wrong. The message starts with the position of the fault. */
public final class ImageFileException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final transient Position position;

  /** An exception with this message after the position. */
  public ImageFileException(Position position, String message) {
    super(position + ": " + message);
    this.position = position;
  }

  /** An exception with this message after the position, and the fault that led to it. */
  public ImageFileException(Position position, String message, Throwable cause) {
    super(position + ": " + message, cause);
    this.position = position;
  }

  /** Where the fault is. */
  public Position position() {
    return position;
  }
}
