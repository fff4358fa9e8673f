package dev.slipway.transport;

import dev.slipway.oci.DiffId;
import dev.slipway.oci.ImageReference;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.function.LongConsumer;

/** An image that was fetched whole, and is what it should be. */
public final class PulledImage implements Closeable {
  private final ConfigDocument config;
  private final List<PulledLayer> layers;

  PulledImage(ConfigDocument config, List<PulledLayer> layers) {
    this.config = config;
    this.layers = List.copyOf(layers);
  }

  /** The image's config. */
  public ConfigDocument config() {
    return config;
  }

  /** What its layers are, from the bottom. */
  public List<DiffId> diffIds() {
    return layers.stream().map(PulledLayer::diffId).toList();
  }

  /**
   * Writes the docker archive that skopeo 1.9 makes of the image, byte for byte.
   *
   * @param out where it goes; it stays open
   * @param name what the image is called there; {@code latest} if it has no tag
   * @param progress hears the size of each layer as it has been written, 0 for those that are there
   *     already
   * @throws IOException if it cannot be written
   */
  public void writeTo(WritableByteChannel out, ImageReference name, LongConsumer progress)
      throws IOException {
    new SkopeoArchive(out, config.bytes(), layers, progress).write(name.tagged());
  }

  @Override
  public void close() throws IOException {
    for (PulledLayer layer : layers) {
      layer.close();
    }
  }
}
