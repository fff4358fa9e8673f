package dev.slipway.transport;

import dev.slipway.layer.Layer;
import java.util.Optional;

/** A layer of an image that goes to a registry or a layout. */
public final class ContainerLayer {
  private final Layer layer;
  private final Optional<StoredLayer> stored;

  private ContainerLayer(Layer layer, Optional<StoredLayer> stored) {
    this.layer = layer;
    this.stored = stored;
  }

  /** A layer that is still to be compressed. */
  public static ContainerLayer of(Layer layer) {
    return new ContainerLayer(layer, Optional.empty());
  }

  /** A layer of an archive, which may have it in the very form that is wanted. */
  public static ContainerLayer of(ArchivedLayer archived) {
    return new ContainerLayer(archived.layer(), archived.stored());
  }

  /** The layer. */
  public Layer layer() {
    return layer;
  }

  /** Its bytes as they lie in an OCI layout, if they do. */
  Optional<StoredLayer> stored() {
    return stored;
  }
}
