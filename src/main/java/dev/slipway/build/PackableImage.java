package dev.slipway.build;

import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ContainerImage;

/**
 * An image that is ready to be written to a layout or a registry.
 *
 * @param description what there is to say of it
 * @param image the image
 */
public record PackableImage(BuiltImage description, ContainerImage image) {
  /** An image of an archive, which must stay open. */
  public static PackableImage of(ArchivedImage archived) {
    return new PackableImage(MergedImages.describe(archived), ContainerImage.of(archived));
  }
}
