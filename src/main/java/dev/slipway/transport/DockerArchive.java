package dev.slipway.transport;

import dev.slipway.oci.ImageException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image archive from elsewhere: what {@code docker save} writes, of old and since version 25,
 * and skopeo, podman and dockerTools, or an OCI layout in a tar; plain, or compressed with gzip or
 * zstd, and so its layers.
 *
 * <p>Nothing that it says is believed: names that lead out of it, documents that are missing, there
 * twice or too large, and layers that are not what their diff IDs say are refused with one line.
 * Layers are neither unpacked nor copied; they are read from where they lie. Only where the archive
 * itself is compressed, its content is laid down once in the spool directory, in a file without a
 * name.
 */
public final class DockerArchive implements Closeable {
  private final ArchiveFile file;
  private final List<ArchiveManifest.Entry> entries;
  private final LayerVerifier verifier;

  private DockerArchive(
      ArchiveFile file, List<ArchiveManifest.Entry> entries, LayerVerifier verifier) {
    this.file = file;
    this.entries = entries;
    this.verifier = verifier;
  }

  /**
   * Opens {@code file} within {@link ArchiveLimits#DEFAULT}.
   *
   * @see #open(Path, Path, ArchiveLimits)
   */
  public static DockerArchive open(Path file, Path spoolDirectory) throws IOException {
    return open(file, spoolDirectory, ArchiveLimits.DEFAULT);
  }

  /**
   * Opens {@code file} and reads its documents; layers are read when they are asked for.
   *
   * @param file the archive, which may be a pipe
   * @param spoolDirectory where a compressed archive is decompressed to
   * @param limits how large things may become
   * @throws ImageException if it is no image archive
   * @throws IOException if it cannot be read, or not be spooled
   */
  public static DockerArchive open(Path file, Path spoolDirectory, ArchiveLimits limits)
      throws IOException {
    ArchiveFile opened = ArchiveFile.open(file, spoolDirectory, limits);
    try {
      ArchiveIndex index = ArchiveIndex.read(opened);
      List<ArchiveManifest.Entry> entries = ArchiveManifest.read(opened, index);
      return new DockerArchive(opened, entries, new LayerVerifier(opened, index, limits));
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
    List<ArchivedImage> images = new ArrayList<>();
    for (ArchiveManifest.Entry entry : entries) {
      images.add(image(entry));
    }
    return images;
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
    if (name == null && tag == null) {
      return first();
    }
    List<String> present = new ArrayList<>();
    for (ArchiveManifest.Entry entry : entries) {
      for (String repoTag : entry.repoTags()) {
        int colon = repoTag.lastIndexOf(':');
        String itsName = colon < 0 ? repoTag : repoTag.substring(0, colon);
        String itsTag = colon < 0 ? "" : repoTag.substring(colon + 1);
        if ((name == null || familiar(name).equals(familiar(itsName)))
            && (tag == null || tag.equals(itsTag))) {
          return image(entry);
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

  /** A name as Docker shows it: what stands for its own registry is left out. */
  private static String familiar(String name) {
    String rest = name.startsWith("docker.io/") ? name.substring("docker.io/".length()) : name;
    return rest.startsWith("library/") ? rest.substring("library/".length()) : rest;
  }

  private ArchivedImage image(ArchiveManifest.Entry entry) throws IOException {
    return new ArchivedImage(entry.repoTags(), entry.config(), verifier.verify(entry));
  }

  /** Closes the file; layers cannot be written any more. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
