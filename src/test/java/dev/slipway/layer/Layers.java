package dev.slipway.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;

/** Short ways to measure and write one layer. */
final class Layers {
  private Layers() {}

  static Layer measure(LayerRecipe recipe) throws IOException {
    try (LayerMeasurer measurer = new LayerMeasurer(2, DigestCache.NONE, _ -> {})) {
      return measurer.measure(List.of(new LayerMeasurer.Request(recipe, null))).getFirst().await();
    }
  }

  static byte[] write(Layer layer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    layer.tar().writeTo(Channels.newChannel(out));
    return out.toByteArray();
  }
}
