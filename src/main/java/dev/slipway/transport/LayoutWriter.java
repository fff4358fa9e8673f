package dev.slipway.transport;

import dev.slipway.files.os.OutputFile;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Images that are added to the OCI layout in a folder, one after the other, each for as long as it
 * is open. The layout has them when all are there; without {@link #commit} or {@link #commitList}
 * it stays as it was.
 */
public final class LayoutWriter implements Closeable {
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  private final Path folder;
  private final LayoutDestination layout;
  private final List<Added> added = new ArrayList<>();

  private LayoutWriter(Path folder, LayoutDestination layout) {
    this.folder = folder;
    this.layout = layout;
  }

  private record Added(Manifest manifest, ContainerImage image) {
    List<String> names() {
      return image.names();
    }
  }

  /**
   * Begins to add to the layout in {@code folder}, which is made if it is missing.
   *
   * @param unfinished is told what is to be removed should the process end before
   * @throws ImageException if something else than a layout is in the folder
   * @throws IOException if it cannot be read or written
   */
  @SuppressWarnings("exports") // For this module alone.
  public static LayoutWriter open(Path folder, OutputFile.Unfinished unfinished)
      throws IOException {
    return new LayoutWriter(folder, LayoutDestination.open(folder, unfinished));
  }

  /**
   * Adds an image.
   *
   * @param settings how it is packed
   * @param progress is told the size of each layer's tar when the layer is there
   * @return its manifest
   * @throws IOException if something cannot be read or written
   */
  public Manifest add(ContainerImage image, PackingSettings settings, LongConsumer progress)
      throws IOException {
    Manifest manifest = new ImagePacker(settings, layout, 1).pack(image, progress);
    put(manifest);
    added.add(new Added(manifest, image));
    return manifest;
  }

  private void put(Manifest manifest) throws IOException {
    Descriptor descriptor = manifest.descriptor();
    if (!layout.has(descriptor)) {
      layout.put(descriptor, ReadableBlob.of(manifest.bytes()));
    }
  }

  /**
   * Makes the images part of the layout.
   *
   * @param name what the images are called there, of which there must be one; if empty, by their
   *     own tags, or, if there are several, by their own names and tags
   * @throws ImageException if a name is given for several
   * @throws IOException if the layout cannot be written
   */
  public void commit(Optional<String> name) throws IOException {
    if (name.isPresent() && added.size() != 1) {
      throw new ImageException(
          "%s: the name %s is for one image, but there are %d"
              .formatted(folder, name.get(), added.size()));
    }
    List<LayoutDestination.Listed> listed = new ArrayList<>();
    for (Added image : added) {
      listed.add(listed(image.manifest().descriptor(), name, image.names(), added.size() > 1));
    }
    layout.commit(listed);
  }

  /**
   * Makes the images part of the layout as one image for several platforms.
   *
   * @param name what that is called there; if empty, by the tag of the first
   * @throws ImageException if an image does not say what it runs on, or two run on the same
   * @throws IOException if the layout cannot be written
   */
  public ImageIndex commitList(Optional<String> name) throws IOException {
    PlatformList list = new PlatformList();
    for (Added image : added) {
      list.add(image.manifest(), image.image().platform());
    }
    ImageIndex index = list.index(ManifestFormat.OCI, Map.of());
    put(index);
    layout.commit(List.of(listed(index.descriptor(), name, added.getFirst().names(), false)));
    return index;
  }

  private static LayoutDestination.Listed listed(
      Descriptor descriptor, Optional<String> name, List<String> names, boolean several) {
    Map<String, String> annotations = new LinkedHashMap<>();
    String own = names.isEmpty() ? "" : names.getFirst();
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

  /** Removes what was not made part of the layout. */
  @Override
  public void close() throws IOException {
    layout.close();
  }
}
