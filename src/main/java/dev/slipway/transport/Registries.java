package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.Platform;
import dev.slipway.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * Images in registries. Connections and tokens are kept and used again; any number of threads may
 * ask.
 */
public final class Registries implements AutoCloseable {
  private final RegistryClient client;

  /** Has asked nobody yet. */
  public Registries(RegistryOptions options) {
    this.client = new RegistryClient(options.settings());
  }

  /** What speaks to them. */
  RegistryClient client() {
    return client;
  }

  /**
   * The document that a reference leads to, as it is.
   *
   * @throws ImageException if it is not what the reference says, or no manifest
   * @throws IOException if it cannot be had
   */
  public Manifest manifest(ImageReference reference) throws IOException {
    return client.manifest(reference);
  }

  /**
   * The image that a reference leads to, of an index the one for {@code platform}. What is no index
   * is taken for whatever platform it may be, as skopeo does.
   *
   * @throws ImageException if there is no image for that platform, or no image at all
   * @throws IOException if the registry cannot be asked
   */
  public RegistryImage resolve(ImageReference reference, Platform platform) throws IOException {
    return switch (client.manifest(reference)) {
      case ImageManifest image -> new RegistryImage(reference.repository(), image);
      case ImageIndex index -> {
        Descriptor chosen = index.choose(platform, reference.toString());
        Manifest manifest = client.manifest(reference.pinned(chosen.digest()));
        if (manifest.descriptor().size() != chosen.size()) {
          throw new ImageException(
              "%s: expected a manifest of %d bytes, found %d"
                  .formatted(
                      reference.pinned(chosen.digest()),
                      chosen.size(),
                      manifest.descriptor().size()));
        }
        yield switch (manifest) {
          case ImageManifest image -> new RegistryImage(reference.repository(), image);
          case ImageIndex nested ->
              throw new ImageException(
                  "%s: lists, for %s, another index, %s; expected an image"
                      .formatted(reference, platform, nested.digest()));
        };
      }
    };
  }

  /**
   * Fetches all that an image is made of. Every blob is known to be what the manifest says, and
   * every layer what the config says, before this returns.
   *
   * @param spoolDirectory where layers are kept, uncompressed, until the result is closed
   * @param limits how large they may become, and how many are fetched at a time
   * @param progress hears how many more bytes have been laid down there, from several threads
   * @throws dev.slipway.oci.DigestMismatchException if one is not what it should be
   * @throws ImageException if it is no image as containers have them
   * @throws IOException if it cannot be had, or not be kept
   */
  public PulledImage pull(
      RegistryImage image, Path spoolDirectory, ArchiveLimits limits, LongConsumer progress)
      throws IOException {
    return new ImagePull(client, image, spoolDirectory, limits, progress).run();
  }

  /**
   * The config of an image, without the layers.
   *
   * @throws ImageException if it is no image as containers have them
   * @throws IOException if it cannot be had
   */
  public ConfigDocument config(RegistryImage image) throws IOException {
    return new ImagePull(client, image, Path.of(""), ArchiveLimits.DEFAULT, _ -> {}).config();
  }

  /** Closes all connections. */
  @Override
  public void close() {
    client.close();
  }
}
