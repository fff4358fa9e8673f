package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.cli.imagefile.ImageSpec;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Platform;
import dev.slipway.oci.RepositoryName;
import dev.slipway.store.NixHash;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * The arguments of {@code pullImage}.
 *
 * @param spec as they stand in the image file
 * @param platform which of several platforms
 * @param workbench knows what references in them stand for
 */
record PullArguments(ImageSpec.Pull spec, Platform platform, Workbench workbench) {
  PullRequest request() throws IOException {
    RepositoryName name =
        read("imageName", workbench.text(spec.imageName()), RepositoryName::parse);
    Digest digest = read("imageDigest", workbench.text(spec.imageDigest()), Digest::parse);
    RepositoryName finalName =
        read("finalImageName", workbench.text(spec.finalImageName()), RepositoryName::parse);
    ImageReference called =
        read(
            "finalImageTag",
            workbench.text(spec.finalImageTag()),
            tag -> new ImageReference(finalName, Optional.of(tag), Optional.empty()));
    return new PullRequest(
        new ImageReference(name, Optional.empty(), Optional.of(digest)),
        platform,
        called,
        spec.tlsVerify());
  }

  /** The hash that the archive must have. */
  Digest hash() throws IOException {
    return read("hash", workbench.text(spec.hash()), NixHash::parse);
  }

  private <T> T read(String argument, String text, Function<String, T> reader)
      throws ImageFileException {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ImageFileException(spec.at(), argument + ": " + e.getMessage(), e);
    }
  }
}
