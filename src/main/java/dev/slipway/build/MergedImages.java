package dev.slipway.build;

import dev.slipway.layer.Compression;
import dev.slipway.layer.Layer;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import dev.slipway.transport.MergedArchive;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The images of several archives, ready to be written as one. */
public final class MergedImages implements Closeable {
  private final MergedArchive merged;
  private final Deque<Closeable> resources;

  private MergedImages(MergedArchive merged, Deque<Closeable> resources) {
    this.merged = merged;
    this.resources = resources;
  }

  /** Opens an archive. */
  @FunctionalInterface
  public interface Opener {
    /** The archive at {@code location}, to be closed by the caller. */
    DockerArchive open(ImageLocation location) throws IOException;
  }

  /**
   * Opens the archives and finds out what they have in common.
   *
   * @param images the archives, at least one
   * @param opener opens each of them
   * @param mtime what all members carry, in seconds since 1970
   * @throws dev.slipway.oci.ImageException if an archive is not what it should be, or two exclude
   *     one another
   * @throws IOException if one cannot be read
   */
  public static MergedImages open(List<ImageLocation> images, Opener opener, long mtime)
      throws IOException {
    Deque<Closeable> resources = new ArrayDeque<>();
    boolean whole = false;
    try {
      List<DockerArchive> archives = new ArrayList<>();
      for (ImageLocation image : images) {
        DockerArchive archive = opener.open(image);
        resources.push(archive);
        archives.add(archive);
      }
      MergedImages merged = new MergedImages(new MergedArchive(archives, mtime), resources);
      whole = true;
      return merged;
    } finally {
      if (!whole) {
        LayeredImage.closeAll(resources);
      }
    }
  }

  /** How the last of the archives is compressed, as the result should be. */
  public Compression compression() {
    return merged.compression();
  }

  /**
   * Writes the archive, uncompressed.
   *
   * @param out where it goes; it stays open
   * @param progress hears how much has been written
   * @return the images in it
   * @throws dev.slipway.oci.ImageException if an archive is not what it should be
   * @throws IOException if one cannot be read, or the result not written
   */
  public List<BuiltImage> writeTo(WritableByteChannel out, Progress progress) throws IOException {
    progress.started("merged images", merged.layers());
    List<ArchivedImage> images = merged.writeTo(out, progress::written);
    progress.finished();
    return images.stream().map(MergedImages::describe).toList();
  }

  /**
   * The images one by one, as layouts take them.
   *
   * @throws dev.slipway.oci.ImageException if an archive is not what it should be
   * @throws IOException if one cannot be read
   */
  public List<PackableImage> packables() throws IOException {
    return merged.images().stream().map(PackableImage::of).toList();
  }

  /** An image of an archive, by the first of its names. */
  static BuiltImage describe(ArchivedImage image) {
    String repoTag = image.repoTags().isEmpty() ? "" : image.repoTags().getFirst();
    int colon = repoTag.indexOf(':', repoTag.lastIndexOf('/') + 1);
    String name = colon < 0 ? repoTag : repoTag.substring(0, colon);
    String tag = colon < 0 ? "" : repoTag.substring(colon + 1);
    List<BuiltImage.BuiltLayer> layers = new ArrayList<>();
    for (ArchivedLayer archived : image.layers()) {
      Layer layer = archived.layer();
      layers.add(
          new BuiltImage.BuiltLayer(
              layer.diffId(), layer.tar().size(), layer.entries(), List.of()));
    }
    return new BuiltImage(name, tag, image.config().digest(), layers);
  }

  @Override
  public void close() throws IOException {
    LayeredImage.closeAll(resources);
  }
}
