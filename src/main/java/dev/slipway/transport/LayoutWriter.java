package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.OutputFile;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

/** Writes images into OCI layouts: see {@link LayoutDestination}. */
public final class LayoutWriter {
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String CONTAINERD_NAME = "io.containerd.image.name";
  private static final int FILE_MODE = 0644;
  private static final long BLOCK = 1 << 20;

  private final PackingSettings settings;
  private final OutputFile.Unfinished unfinished;

  /** A writer that packs images in this way. */
  public LayoutWriter(PackingSettings settings) {
    this(settings, OutputFile.Unfinished.UNTOLD);
  }

  /**
   * The same, which tells what is to be removed should the process end before.
   *
   * @param settings how images are packed
   * @param unfinished is told
   */
  @SuppressWarnings("exports") // For this module alone.
  public LayoutWriter(PackingSettings settings, OutputFile.Unfinished unfinished) {
    this.settings = settings;
    this.unfinished = unfinished;
  }

  /**
   * Adds images to the layout in a folder, which is made if it is missing.
   *
   * @param name what the images are called there, of which there must be one; if empty, by their
   *     own tags, or, if there are several, by their own names and tags
   * @param progress is told the size of each layer's tar when the layer is there
   * @return their manifests
   * @throws ImageException if something else than a layout is in the folder
   * @throws IOException if something cannot be read or written
   */
  public List<Manifest> write(
      List<ContainerImage> images, Path folder, Optional<String> name, LongConsumer progress)
      throws IOException {
    if (name.isPresent() && images.size() != 1) {
      throw new ImageException(
          "%s: the name %s is for one image, but there are %d"
              .formatted(folder, name.get(), images.size()));
    }
    try (LayoutDestination layout = LayoutDestination.open(folder, unfinished)) {
      ImagePacker packer = new ImagePacker(settings, layout, 1);
      List<Manifest> manifests = new ArrayList<>();
      List<LayoutDestination.Listed> listed = new ArrayList<>();
      for (ContainerImage image : images) {
        Manifest manifest = packer.pack(image, progress);
        Descriptor descriptor = manifest.descriptor();
        if (!layout.has(descriptor)) {
          layout.put(descriptor, ReadableBlob.of(manifest.bytes()));
        }
        manifests.add(manifest);
        listed.add(listed(descriptor, name, image, images.size() > 1));
      }
      layout.commit(listed);
      return manifests;
    }
  }

  private static LayoutDestination.Listed listed(
      Descriptor descriptor, Optional<String> name, ContainerImage image, boolean several) {
    Map<String, String> annotations = new LinkedHashMap<>();
    String own = image.names().isEmpty() ? "" : image.names().getFirst();
    ImageName parts = new ImageName(own);
    if (name.isEmpty() && parts.isWhole()) {
      canonical(own).ifPresent(whole -> annotations.put(CONTAINERD_NAME, whole));
    }
    Optional<String> called =
        name.or(() ->
            own.isEmpty()
                ? Optional.empty()
                : Optional.of(several ? parts.familiar() : parts.tag()));
    called.ifPresent(text -> annotations.put(REF_NAME, text));
    return new LayoutDestination.Listed(called, descriptor.annotated(annotations));
  }

  /** A name as containerd has it, if it is one for registries. */
  private static Optional<String> canonical(String name) {
    try {
      return Optional.of(ImageReference.parse(name).toString());
    } catch (ImageException _) {
      return Optional.empty();
    }
  }

  /**
   * Writes a layout with these images, and no others, as a tar: files sorted by name, all of one
   * time, owned by root.
   *
   * @param scratch a folder that the layout is made in first
   * @param mtime what all members carry, in seconds since 1970
   * @param out where it goes; it stays open
   * @see #write(List, Path, Optional, LongConsumer)
   * @throws IOException if something cannot be read or written
   */
  public List<Manifest> writeArchive(
      List<ContainerImage> images,
      Path scratch,
      long mtime,
      Optional<String> name,
      LongConsumer progress,
      WritableByteChannel out)
      throws IOException {
    Path folder = Files.createTempDirectory(scratch, "layout-");
    try {
      List<Manifest> manifests = write(images, folder, name, progress);
      SortedArchive archive = new SortedArchive(mtime);
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          RawName place = RawName.of(folder.relativize(file).toString());
          long size = Files.size(file);
          archive.file(place, FILE_MODE, size, channel -> copy(file, size, channel));
        }
      }
      archive.writeTo(out, (_, _) -> {});
      return manifests;
    } finally {
      FileTree.delete(folder);
    }
  }

  private static void copy(Path file, long size, WritableByteChannel out) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      for (long at = 0; at < size; ) {
        long count = in.transferTo(at, Math.min(BLOCK, size - at), out);
        if (count <= 0) {
          throw new IOException(file + ": changed while it was read");
        }
        at += count;
      }
    }
  }
}
