package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.Platform;
import dev.slipway.oci.RepositoryName;
import dev.slipway.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Puts images into registries: first what they are made of, then the documents that name it, so
 * that a reference never leads to an image that is not whole. For one thread.
 */
public final class RegistryPush {
  /** How many layers are sent at a time. */
  private static final int UPLOADS = 3;

  private final RegistryClient client;
  private final PackingSettings settings;
  private final Path spool;
  private final KnownRepositories known;
  private final Map<RepositoryName, RegistryDestination> destinations = new HashMap<>();

  /**
   * Has sent nothing yet.
   *
   * @param registries speaks to registries
   * @param settings how images are packed
   * @param spool a folder for layers that are compressed
   * @param known a file that remembers which repository was given what
   */
  public RegistryPush(Registries registries, PackingSettings settings, Path spool, Path known) {
    this(registries.client(), settings, spool, known);
  }

  RegistryPush(RegistryClient client, PackingSettings settings, Path spool, Path known) {
    this.client = client;
    this.settings = settings;
    this.spool = spool;
    this.known = new KnownRepositories(known);
  }

  /**
   * An image whose blobs are in a repository.
   *
   * @param manifest its manifest, which may not be there yet
   * @param platform what it runs on, where its config says
   */
  public record Sent(Manifest manifest, Optional<Platform> platform) {}

  private RegistryDestination destination(RepositoryName repository) {
    return destinations.computeIfAbsent(
        repository, name -> new RegistryDestination(client, name, known, spool));
  }

  /**
   * Sends what an image is made of to repositories, as far as it is not there. A layer is
   * compressed once for several registries; within one, the first repository shares it with the
   * others.
   *
   * @param repositories where to, each once and at least one
   * @param progress is told the size of each layer's tar when the layer is there
   * @throws dev.slipway.oci.DigestMismatchException if something is not what it should be
   * @throws IOException if something cannot be read, or the registry refuses it
   */
  public Sent send(
      ContainerImage image, Collection<RepositoryName> repositories, LongConsumer progress)
      throws IOException {
    Deque<RepositoryName> left = new ArrayDeque<>(repositories);
    Manifest manifest;
    LongConsumer told = progress;
    do {
      Map<String, RegistryDestination> ofEachRegistry = new LinkedHashMap<>();
      for (RepositoryName repository : left) {
        ofEachRegistry.putIfAbsent(repository.domain(), destination(repository));
      }
      Destination all = new SeveralDestinations(List.copyOf(ofEachRegistry.values()));
      manifest = new ImagePacker(settings, all, UPLOADS).pack(image, told);
      for (RegistryDestination destination : ofEachRegistry.values()) {
        destination.remember();
        left.remove(destination.repository());
      }
      told = _ -> {};
    } while (!left.isEmpty());
    return new Sent(manifest, image.platform());
  }

  /**
   * Sends what a list leads to beside these images, if it is kept for them.
   *
   * @throws IOException if something cannot be read, or the registry refuses it
   */
  public void sendBeside(List<Sent> images, ListedManifests list, RepositoryName repository)
      throws IOException {
    if (isKept(list, images)) {
      RegistryDestination destination = destination(repository);
      for (Map.Entry<Descriptor, ReadableBlob> blob : list.blobs().entrySet()) {
        if (!destination.has(blob.getKey())) {
          destination.put(blob.getKey(), blob.getValue());
        }
      }
      destination.remember();
    }
  }

  /** Whether a list is for these images, and for no others, and nothing else is to be said. */
  private boolean isKept(ListedManifests list, List<Sent> images) {
    return settings.annotations().isEmpty()
        && list.images()
            .equals(
                images.stream()
                    .map(image -> image.manifest().digest())
                    .collect(Collectors.toSet()));
  }

  /** How many bytes of blobs were sent to a repository. */
  public long sentBytes(RepositoryName repository) {
    return destination(repository).sent();
  }

  /**
   * Makes a reference lead to an image whose blobs are there.
   *
   * @return the digest of what it leads to now
   * @throws IOException if the registry refuses it
   */
  public Digest publish(Sent image, ImageReference reference) throws IOException {
    return client.putManifest(reference, image.manifest());
  }

  /**
   * Makes a reference lead to a list of images for several platforms, whose blobs are there.
   *
   * @param original the list that they are from, which is kept if it is for these images and no
   *     others; what it leads to besides has been sent by {@link #sendBeside}
   * @return the digest of the list
   * @throws ImageException if an image does not say what it runs on, or two run on the same
   * @throws IOException if the registry refuses it
   */
  public Digest publish(
      List<Sent> images, Optional<ListedManifests> original, ImageReference reference)
      throws IOException {
    Optional<ListedManifests> kept = original.filter(list -> isKept(list, images));
    Manifest list = kept.isPresent() ? kept.get().root() : index(images);
    for (Sent image : images) {
      client.putManifest(reference.pinned(image.manifest().digest()), image.manifest());
    }
    if (kept.isPresent()) {
      for (Manifest other : kept.get().others()) {
        client.putManifest(reference.pinned(other.digest()), other);
      }
    }
    return client.putManifest(reference, list);
  }

  private ImageIndex index(List<Sent> images) throws ImageException {
    PlatformList list = new PlatformList();
    for (Sent image : images) {
      list.add(image.manifest(), image.platform());
    }
    return list.index(
        settings.annotations().isEmpty() ? list.format() : ManifestFormat.OCI,
        settings.annotations());
  }
}
