package dev.slipway.transport;

import dev.slipway.oci.Descriptor;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageIndex;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.Platform;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/** The images that one image is for several platforms, in order. */
final class PlatformList {
  private final SequencedMap<Platform, Manifest> images = new LinkedHashMap<>();

  /**
   * Adds an image.
   *
   * @throws ImageException if it does not say what it runs on, or another is there for that
   */
  void add(Manifest manifest, Optional<Platform> platform) throws ImageException {
    if (platform.isEmpty()) {
      throw new ImageException("an image does not say what it runs on");
    }
    if (images.putIfAbsent(platform.get(), manifest) != null) {
      throw new ImageException("two images are for " + platform.get() + ", expected one");
    }
  }

  /** Which form all the images have. */
  ManifestFormat format() {
    return images.values().stream()
            .allMatch(image -> ManifestFormat.of(image.mediaType()) == ManifestFormat.DOCKER)
        ? ManifestFormat.DOCKER
        : ManifestFormat.OCI;
  }

  /** The document that lists them. */
  ImageIndex index(ManifestFormat format, Map<String, String> annotations) {
    List<Descriptor> descriptors =
        images.entrySet().stream()
            .map(image -> image.getValue().descriptor().on(image.getKey()))
            .toList();
    return ImageIndex.of(format.index(), descriptors, annotations);
  }
}
