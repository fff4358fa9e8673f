package dev.slipway.build;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** An image that is ready to be written to an archive, and holds what it needs for that. */
public sealed interface BuildableImage extends Closeable permits LayeredImage, PlainImage {
  /**
   * Writes the image's archive.
   *
   * @param out where it goes; it stays open
   * @param progress hears how far it has come
   * @throws dev.slipway.oci.ImageException if something that the image is made from is not what it
   *     should be
   * @throws IOException if something cannot be read, or the archive not written
   */
  BuiltImage writeTo(WritableByteChannel out, Progress progress) throws IOException;

  /**
   * The image layer by layer, as layouts and registries take it; its config is that of the archive.
   * It must be written before this is closed.
   *
   * @throws dev.slipway.oci.ImageException if something that the image is made from is not what it
   *     should be
   * @throws IOException if something cannot be read
   */
  PackableImage packable() throws IOException;

  /**
   * Writes the layer that the image adds to its base into {@code folder}, in files such as
   * dockerTools keeps between its derivations. It must be written before this is closed.
   *
   * @throws IOException if something cannot be read or written
   */
  void writeOwnLayer(Path folder) throws IOException;

  /**
   * The same image under another name, which is in no layer and not in the config. It is open as
   * long as this is.
   */
  BuildableImage named(String name, String tag);
}
