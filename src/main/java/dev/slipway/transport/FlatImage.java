package dev.slipway.transport;

import dev.slipway.layer.Compression;
import dev.slipway.layer.FlatTree;
import dev.slipway.layer.LayerEntries;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarWriter;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The file system of an archived image, all layers applied: see {@link FlatTree}. Names are in
 * memory; contents are where they lie, in the archive or, of compressed layers, in a file without a
 * name in the spool directory.
 */
public final class FlatImage implements Closeable {
  private static final int HEADERS = 4096;
  private static final int CONTENTS = 128 << 10;

  private final ArchiveFile archive;
  private final LayerVerifier verifier;
  private final ArchiveManifest.Entry image;
  private final FlatTree tree;
  private final ReadAhead small = new ReadAhead();
  private final List<ArchiveFile> spooled = new ArrayList<>();

  private FlatImage(ArchiveFile archive, LayerVerifier verifier, ArchiveManifest.Entry image) {
    this.archive = archive;
    this.verifier = verifier;
    this.image = image;
    this.tree = new FlatTree(archive.name());
  }

  static FlatImage of(
      ArchiveFile archive,
      LayerVerifier verifier,
      ArchiveManifest.Entry image,
      Path spoolDirectory,
      ArchiveLimits limits)
      throws IOException {
    FlatImage flat = new FlatImage(archive, verifier, image);
    try {
      flat.read(spoolDirectory, limits);
      return flat;
    } catch (IOException | RuntimeException | Error e) {
      flat.close();
      throw e;
    }
  }

  /** A layer's entries and where their contents are. */
  private record Listed(LayerEntries entries, ArchivedContents contents) {}

  private void read(Path spoolDirectory, ArchiveLimits limits) throws IOException {
    Map<Long, Listed> known = new HashMap<>();
    List<ArchiveIndex.Resolved> layers = verifier.resolve(image);
    long stored = 0;
    for (int i = 0; i < layers.size(); i++) {
      TarMember member = layers.get(i).file();
      Listed layer = known.get(member.contentOffset());
      if (layer == null) {
        layer = list(member, verifier.what(image.layers().get(i)), spoolDirectory, limits);
        known.put(member.contentOffset(), layer);
      }
      tree.apply(layer.entries(), layer.contents());
      stored += layer.contents().size();
    }
    long size = tree.contentSize();
    if (size > Math.max(stored, limits.layerBytes())) {
      throw new ImageException(
          "%s: its files have %d bytes together, more than the %d that are allowed"
              .formatted(archive.name(), size, limits.layerBytes()));
    }
  }

  private Listed list(TarMember member, String what, Path spoolDirectory, ArchiveLimits limits)
      throws IOException {
    long offset = member.contentOffset();
    long size = member.header().size();
    try (InputStream stored = new BufferedInputStream(archive.section(offset, size), CONTENTS)) {
      Compression compression = ArchiveFile.compression(stored, what);
      if (compression == Compression.NONE) {
        ArchivedContents contents = new ArchivedContents(archive, what, offset, size, small);
        return new Listed(list(archive.section(offset, size), what).entries(), contents);
      }
      MeasuringStream tar =
          new MeasuringStream(
              compression.decompress(stored, what), what, limits.layerBytes(), () -> false);
      ArchiveFile copy = ArchiveFile.spooled(tar, what, spoolDirectory, left(limits));
      spooled.add(copy);
      Counted counted = list(copy.stream(), what);
      ArchivedBlob blob =
          new ArchivedBlob(archive, what, offset, size, compression, tar.digest(), tar.total());
      verifier.known(member, blob, counted.count());
      return new Listed(counted.entries(), new ArchivedContents(copy, what, 0, copy.size(), small));
    }
  }

  /** What may still be spooled. */
  private ArchiveLimits left(ArchiveLimits limits) {
    long used = spooled.stream().mapToLong(ArchiveFile::size).sum();
    return new ArchiveLimits(
        Math.max(0, limits.spoolBytes() - used), limits.layerBytes(), limits.threads());
  }

  private record Counted(LayerEntries entries, long count) {}

  private Counted list(InputStream tar, String what) throws IOException {
    LayerEntries entries = tree.newLayer(what);
    try (InputStream in = new BufferedInputStream(tar, HEADERS)) {
      return new Counted(entries, LayerCheck.run(in, what, entries::add));
    }
  }

  /**
   * Writes the file system as a tar. Meanwhile the layers are held against their diff IDs; where
   * one differs, what was written is of no use.
   *
   * @param out what is written to; it is not closed
   * @param mtime the time of every member, in seconds since 1970
   * @return the image
   * @throws DigestMismatchException if a layer is not its diff ID
   * @throws IOException if the archive cannot be read or {@code out} not be written to
   */
  public ArchivedImage writeTo(WritableByteChannel out, long mtime) throws IOException {
    List<ArchivedLayer> layers =
        BackgroundCheck.during(
            cancelled -> verifier.verify(image, cancelled),
            () -> {
              TarWriter tar = new TarWriter(out, TarDialect.GNU_NO_GROUPS);
              tree.writeTo(tar, mtime);
              tar.finish();
            });
    return DockerArchive.archived(image, layers);
  }

  /** Gives back the space of what was laid down. */
  @Override
  public void close() throws IOException {
    for (ArchiveFile file : spooled) {
      file.close();
    }
  }
}
