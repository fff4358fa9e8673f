package dev.slipway.layer;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A layer that is being measured. */
public final class PendingLayer {
  private final CompletableFuture<Layer> layer = new CompletableFuture<>();

  PendingLayer() {}

  /** Ends the waiting, unless it has ended already. */
  void complete(Layer measured) {
    layer.complete(measured);
  }

  /** Ends the waiting with a failure, unless it has ended already. */
  void fail(Throwable failure) {
    layer.completeExceptionally(failure);
  }

  /** Whether {@link #await} returns, or throws, at once. */
  public boolean isDone() {
    return layer.isDone();
  }

  /**
   * Waits until the layer is measured.
   *
   * @throws IOException if it could not be, or if one could not be that was asked for together with
   *     it: the first such failure ends them all
   */
  public Layer await() throws IOException {
    try {
      return layer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error failure -> throw failure;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
