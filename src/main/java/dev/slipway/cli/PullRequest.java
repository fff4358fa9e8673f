package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Platform;

/**
 * An image to be pulled.
 *
 * @param image where it is
 * @param platform which of several
 * @param name what it will be called in its archive
 * @param tlsVerify whether the registry must prove who it is, even if the command line says nothing
 */
record PullRequest(
    ImageReference image, Platform platform, ImageReference name, boolean tlsVerify) {
  /** The same, of the image that was found. */
  PullRequest of(Digest manifest) {
    return new PullRequest(image.pinned(manifest), platform, name, tlsVerify);
  }

  /** What the bytes of the archive depend on. */
  String question() {
    return image.version() + " " + platform + " " + name;
  }
}
