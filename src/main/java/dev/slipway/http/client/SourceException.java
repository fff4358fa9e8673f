package dev.slipway.http.client;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What is to be sent cannot be produced, which is no fault of the server's. */
public final class SourceException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient IOException reason;

  /** Wraps what is wrong with the source. */
  public SourceException(IOException reason) {
    super(reason);
    this.reason = reason;
  }

  /** The one that is behind {@code fault}, if there is one. */
  static @Nullable SourceException in(Throwable fault) {
    for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof SourceException source) {
        return source;
      }
    }
    return null;
  }

  /** What is wrong with the source. */
  public IOException reason() {
    return reason;
  }
}
