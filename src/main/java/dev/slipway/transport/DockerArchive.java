package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Blob;
import dev.slipway.layer.Compression;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An image archive from elsewhere: what {@code docker save} writes, of old and since version 25,
 * and skopeo, podman and dockerTools, or an OCI layout in a tar; plain, or compressed with gzip or
 * zstd, and so its layers. The folder of an OCI layout counts as one, too.
 *
 * <p>Nothing that it says is believed: names that lead out of it, documents that are missing, there
 * twice or too large, and layers that are not what their diff IDs say are refused with one line.
 * Layers are neither unpacked nor copied; they are read from where they lie. Only where the archive
 * itself is compressed, its content is laid down once in the spool directory, in a file without a
 * name.
 */
public final class DockerArchive implements Closeable {
  private static final int LAYER_MODE = 0644;

  private final ArchiveFile file;
  private final ArchiveManifest manifest;
  private final List<ArchiveManifest.Entry> entries;
  private final LayerVerifier verifier;
  private final ArchiveIndex index;
  private final Path spoolDirectory;
  private final ArchiveLimits limits;

  private DockerArchive(
      ArchiveFile file,
      ArchiveIndex index,
      ArchiveManifest manifest,
      LayerVerifier verifier,
      Path spoolDirectory,
      ArchiveLimits limits) {
    this.file = file;
    this.index = index;
    this.manifest = manifest;
    this.entries = manifest.entries();
    this.verifier = verifier;
    this.spoolDirectory = spoolDirectory;
    this.limits = limits;
  }

  /**
   * Opens {@code file} within {@link ArchiveLimits#DEFAULT}.
   *
   * @see #open(Path, Path, ArchiveLimits)
   * @throws IOException if it cannot be read
   */
  public static DockerArchive open(Path file, Path spoolDirectory) throws IOException {
    return open(file, spoolDirectory, ArchiveLimits.DEFAULT);
  }

  /**
   * Opens {@code file} with nothing remembered.
   *
   * @see #open(Path, Path, ArchiveLimits, DigestCache)
   * @throws IOException if it cannot be read
   */
  public static DockerArchive open(Path file, Path spoolDirectory, ArchiveLimits limits)
      throws IOException {
    return open(file, spoolDirectory, limits, DigestCache.NONE);
  }

  /**
   * Opens {@code file} and reads its documents; layers are read when they are asked for.
   *
   * @param file the archive, which may be a pipe
   * @param spoolDirectory where a compressed archive is decompressed to
   * @param limits how large things may become
   * @param cache remembers what the layers of uncompressed archives are, as long as these are not
   *     written to
   * @throws ImageException if it is no image archive
   * @throws IOException if it cannot be read, or not be spooled
   */
  public static DockerArchive open(
      Path file, Path spoolDirectory, ArchiveLimits limits, DigestCache cache) throws IOException {
    return open(ImageLocation.of(file), spoolDirectory, limits, cache);
  }

  /**
   * Opens what lies at {@code location}, and reads the documents of the images that are chosen;
   * layers are read when they are asked for.
   *
   * @param location an archive, or the folder of an OCI layout
   * @param spoolDirectory where a compressed archive is decompressed to
   * @param limits how large things may become
   * @param cache remembers what layers are, as for {@link #open(Path, Path, ArchiveLimits,
   *     DigestCache)}
   * @throws ImageException if it is not what it should be, or has no image that is meant
   * @throws IOException if it cannot be read, or not be spooled
   */
  public static DockerArchive open(
      ImageLocation location, Path spoolDirectory, ArchiveLimits limits, DigestCache cache)
      throws IOException {
    return open(location, spoolDirectory, limits, cache, FileIdentity.GRAIN);
  }

  /** The same with files known again that were written at least {@code grain} ago. */
  static DockerArchive open(
      ImageLocation location,
      Path spoolDirectory,
      ArchiveLimits limits,
      DigestCache cache,
      Duration grain)
      throws IOException {
    LayoutFolder folder = null;
    if (location.form() == ImageLocation.Form.OCI
        || (location.form() == ImageLocation.Form.ANY && Files.isDirectory(location.path()))) {
      folder = LayoutFolder.open(location.path());
    }
    ArchiveFile opened =
        folder == null
            ? ArchiveFile.open(location.path(), spoolDirectory, limits)
            : ArchiveFile.of(folder);
    try {
      ArchiveIndex index = folder == null ? ArchiveIndex.read(opened) : ArchiveIndex.of(folder);
      ArchiveManifest manifest =
          ArchiveManifest.read(opened, index, location.form(), location.choice());
      LayerVerifier verifier =
          new LayerVerifier(opened, index, limits, cache, spoolDirectory, grain);
      return new DockerArchive(opened, index, manifest, verifier, spoolDirectory, limits);
    } catch (IOException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  /**
   * All images, in the order of the manifest. Not for several threads at once.
   *
   * @throws ImageException if a layer is missing, no layer or not its diff ID
   * @throws IOException if the archive cannot be read
   */
  public List<ArchivedImage> images() throws IOException {
    return images(new AtomicBoolean());
  }

  /** The same, given up as soon as {@code cancelled} is set. */
  List<ArchivedImage> images(AtomicBoolean cancelled) throws IOException {
    List<ArchivedImage> images = new ArrayList<>();
    for (ArchiveManifest.Entry entry : entries) {
      images.add(image(entry, cancelled));
    }
    return images;
  }

  /**
   * What the index of an OCI layout lists for the images that were chosen: manifests, or lists of
   * manifests. An archive of Docker's has none.
   */
  public List<ManifestDocument> roots() {
    return manifest.roots();
  }

  /**
   * The list that an OCI layout has of the images that were chosen, with all that it leads to;
   * empty if there is none, or more than one.
   *
   * @throws ImageException if something that it lists is missing, or not what it says
   * @throws IOException if it cannot be read
   */
  public Optional<ListedManifests> list() throws IOException {
    if (roots().size() != 1 || !(roots().getFirst().parse() instanceof ImageIndex root)) {
      return Optional.empty();
    }
    Set<Digest> images = new HashSet<>();
    for (ArchiveManifest.Entry entry : entries) {
      Optional.ofNullable(entry.manifest()).ifPresent(image -> images.add(image.digest()));
    }
    return Optional.of(new ListedManifests(file, index, images, root));
  }

  /**
   * The document that describes what was chosen: of an OCI layout the manifest, or the list of
   * manifests, if it is one; else the one that says which images there are.
   *
   * @throws IOException if it cannot be read
   */
  public byte[] raw() throws IOException {
    return roots().size() == 1 ? roots().getFirst().bytes() : manifest.bytes();
  }

  /** The config of the first image; no layer is read for it. */
  public ConfigDocument config() {
    return entries.getFirst().config();
  }

  /** How the archive itself is compressed. */
  public Compression compression() {
    return file.compression();
  }

  /** All that is in the archive. */
  ArchiveContent content() throws IOException {
    return ArchiveContent.of(file, index, verifier, manifest);
  }

  /**
   * The first image, whose layers alone are read.
   *
   * @throws ImageException if a layer is missing, no layer or not its diff ID
   * @throws IOException if the archive cannot be read
   */
  public ArchivedImage first() throws IOException {
    return image(entries.getFirst());
  }

  /**
   * The first image of this name and tag, whose layers alone are read.
   *
   * @param name the name, with or without what stands for Docker's own registry; null for any
   * @param tag the tag; null for any
   * @throws ImageException if there is none, or as for {@link #first}
   * @throws IOException if the archive cannot be read
   */
  public ArchivedImage image(@Nullable String name, @Nullable String tag) throws IOException {
    return image(entry(name, tag));
  }

  /**
   * The file system of the first image of this name and tag. Its layers' headers are read, and what
   * is compressed is laid down in the spool directory; contents are read when it is written.
   *
   * @param name the name, as for {@link #image}
   * @param tag the tag, as for {@link #image}
   * @return to be closed before this is
   * @throws ImageException if there is no such image, or a layer is missing or no layer
   * @throws IOException if the archive cannot be read, or a layer not be spooled
   */
  public FlatImage flatten(@Nullable String name, @Nullable String tag) throws IOException {
    return FlatImage.of(file, verifier, entry(name, tag), spoolDirectory, limits);
  }

  private ArchiveManifest.Entry entry(@Nullable String name, @Nullable String tag)
      throws ImageException {
    if (name == null && tag == null) {
      return entries.getFirst();
    }
    List<String> present = new ArrayList<>();
    for (ArchiveManifest.Entry entry : entries) {
      for (String repoTag : entry.repoTags()) {
        ImageName given = new ImageName(repoTag);
        if ((name == null || given.hasName(name)) && (tag == null || given.hasTag(tag))) {
          return entry;
        }
        present.add(repoTag);
      }
    }
    String wanted = (name == null ? "" : name) + (tag == null ? "" : ":" + tag);
    throw new ImageException(
        "%s: holds no image %s, but %s"
            .formatted(
                file.name(),
                wanted,
                present.isEmpty() ? "only unnamed ones" : String.join(", ", present)));
  }

  private ArchivedImage image(ArchiveManifest.Entry entry) throws IOException {
    return image(entry, new AtomicBoolean());
  }

  private ArchivedImage image(ArchiveManifest.Entry entry, AtomicBoolean cancelled)
      throws IOException {
    return archived(entry, verifier.verify(entry, cancelled));
  }

  static ArchivedImage archived(ArchiveManifest.Entry entry, List<ArchivedLayer> layers) {
    return new ArchivedImage(
        entry.repoTags(), entry.config(), layers, Optional.ofNullable(entry.manifest()));
  }

  /**
   * Puts all that this archive holds into another: its layers, those of other images too, and what
   * lies beside them, under their names, but not the documents that say which images there are.
   * Layers of the image that are compressed, blobs of an OCI layout, or called as documents are,
   * are put there as tars. If it was opened for some of its images, only the layers are put there.
   *
   * @param image an image of this archive
   * @return the names of its layers in the other archive, from the bottom
   * @throws ImageException if the members' names exclude one another
   * @throws IOException if a member cannot be looked at
   */
  public List<String> copyTo(SortedArchive target, ArchivedImage image) throws IOException {
    boolean all = !manifest.isNarrow();
    List<Map.Entry<RawName, TarMember>> members = new ArrayList<>(index.members().entrySet());
    members.sort(Map.Entry.comparingByKey());
    for (Map.Entry<RawName, TarMember> member : members) {
      if (all && !isDocument(member.getKey())) {
        copy(member.getKey(), member.getValue(), target);
      }
    }
    List<String> names = new ArrayList<>();
    for (ArchivedLayer layer : image.layers()) {
      Blob tar = layer.layer().tar();
      String name = layer.memberName();
      RawName place = index.resolve(name, name).place();
      if (!all || isDocument(place) || isDocument(layer.fileName())) {
        name = tar.digest().hex() + "/layer.tar";
        target.file(name, LAYER_MODE, tar);
      } else if (layer.form() == ArchivedLayer.Form.OTHER) {
        int mode = layer.file().header().mode();
        target.file(layer.fileName(), mode, tar.size(), tar::writeTo);
      }
      names.add(name);
    }
    return names;
  }

  private static boolean isDocument(RawName place) {
    String name = place.toString();
    return name.indexOf('/') < 0
        ? name.endsWith(".json")
            || name.equals("repositories")
            || name.equals("oci-layout")
            || name.equals("blobs")
        : name.startsWith("blobs/");
  }

  private void copy(RawName place, TarMember member, SortedArchive target) throws IOException {
    TarHeader header = member.header();
    switch (header.type()) {
      case DIRECTORY -> target.directory(place, header.mode());
      case SYMLINK -> target.link(place, header.linkName());
      case REGULAR -> copyFile(place, header.mode(), member, target);
      case HARDLINK -> {
        TarMember linked = index.resolve(place.toString(), place.toString()).file();
        copyFile(place, linked.header().mode(), linked, target);
      }
      case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE -> {}
    }
  }

  private void copyFile(RawName place, int mode, TarMember member, SortedArchive target)
      throws ImageException {
    if (!member.sparse()) {
      long size = member.header().size();
      target.file(place, mode, size, out -> file.transfer(member.contentOffset(), size, out));
    }
  }

  /** Closes the file; layers cannot be written any more. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
