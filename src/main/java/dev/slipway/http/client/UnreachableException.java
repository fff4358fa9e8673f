package dev.slipway.http.client;

import java.io.IOException;

/** Nobody answers where nobody has ever answered: the address is wrong, or the way there closed. */
public final class UnreachableException extends IOException {
  private static final long serialVersionUID = 1L;

  /** A fault; {@code message} names what was asked for. */
  public UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
