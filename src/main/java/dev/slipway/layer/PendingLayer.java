package dev.slipway.layer;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

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
    return Futures.await(layer);
  }
}
