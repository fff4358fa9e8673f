package dev.slipway.transport;

import dev.slipway.oci.ImageException;

/** A daemon refuses what it was asked for. */
public final class DaemonException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final int status;

  DaemonException(String daemon, int status, String reason) {
    super(daemon + ": " + reason);
    this.status = status;
  }

  /** The status of the answer, of HTTP; 200 if the daemon said no after it had said yes. */
  public int status() {
    return status;
  }
}
