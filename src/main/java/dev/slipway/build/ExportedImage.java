package dev.slipway.build;

import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.FlatImage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** An image whose file system is ready to be written as one tar. */
public final class ExportedImage implements Closeable {
  private final DockerArchive archive;
  private final FlatImage image;
  private final long mtime;

  ExportedImage(DockerArchive archive, FlatImage image, long mtime) {
    this.archive = archive;
    this.image = image;
    this.mtime = mtime;
  }

  /**
   * Writes the tar.
   *
   * @param out where it goes; it stays open
   * @return the image that was exported, its layers as they were
   * @throws dev.slipway.oci.ImageException if the archive is not what it should be
   * @throws IOException if it cannot be read, or the tar not written
   */
  public BuiltImage writeTo(WritableByteChannel out) throws IOException {
    ArchivedImage exported = image.writeTo(out, mtime);
    return MergedImages.describe(exported);
  }

  @Override
  public void close() throws IOException {
    try (archive) {
      image.close();
    }
  }
}
