package dev.slipway.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;

/** Short ways to measure and write one layer. */
final class Layers {
  private Layers() {}

  static Layer measure(LayerRecipe recipe) throws IOException {
    try (LayerMeasurer measurer = new LayerMeasurer(2, DigestCache.NONE, _ -> {})) {
      return measurer.measure(List.of(new LayerMeasurer.Request(recipe, null))).getFirst().await();
    }
  }

  /** A folder whose files are all root's. */
  static TreeLayer folder(Path folder, long mtime) throws IOException {
    return new TreeLayer(new FolderTree(0, 0, _ -> {}).read(folder), mtime);
  }

  static byte[] write(Layer layer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    layer.tar().writeTo(Channels.newChannel(out));
    return out.toByteArray();
  }
}
