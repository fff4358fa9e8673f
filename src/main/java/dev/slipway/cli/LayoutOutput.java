package dev.slipway.cli;

import dev.slipway.build.PackableImage;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.oci.Manifest;
import dev.slipway.transport.ContainerImage;
import dev.slipway.transport.ImageLocation;
import dev.slipway.transport.LayoutWriter;
import dev.slipway.transport.ManifestFormat;
import dev.slipway.transport.PackingSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OUT that is an OCI layout, as a folder or in a tar.
 *
 * @param location where it is
 * @param session where it is written
 */
record LayoutOutput(ImageLocation location, Session session) {
  /** The layout that OUT names; empty if it names something else. */
  static Optional<LayoutOutput> of(String out, Session session) throws IOException {
    Optional<ImageLocation> location = prefixed(out);
    return location.isPresent() && location.get().form() != ImageLocation.Form.DOCKER_ARCHIVE
        ? Optional.of(new LayoutOutput(location.get(), session))
        : Optional.empty();
  }

  /** The file that OUT names if it is no layout. */
  static Path file(String out) throws IOException {
    Optional<ImageLocation> location = prefixed(out);
    if (location.isPresent() && location.get().choice().name().isPresent()) {
      throw new UsageException("-o: '" + out + "': an archive's image keeps its own name");
    }
    return location.isPresent() ? location.get().path() : Path.of(out);
  }

  private static Optional<ImageLocation> prefixed(String out) throws IOException {
    Optional<ImageLocation> location = ImageLocation.parse(out, Path.of(""));
    if (location.isPresent() && location.get().choice().digest().isPresent()) {
      throw new UsageException("-o: '" + out + "': a digest cannot be chosen");
    }
    return location;
  }

  /** Adds the images to the layout, compressed so where they are not compressed yet. */
  List<Manifest> write(List<PackableImage> images, Compression compression, ProgressView progress)
      throws IOException {
    PackingSettings settings =
        new PackingSettings(
            ImageBuilder.compressor(compression),
            false,
            Optional.of(ManifestFormat.OCI),
            Map.of(),
            session.digests(),
            Version.NUMBER);
    LayoutWriter writer = new LayoutWriter(settings, session.temporaryFiles());
    List<ContainerImage> containers = images.stream().map(PackableImage::image).toList();
    int layers = containers.stream().mapToInt(image -> image.layers().size()).sum();
    progress.started(location.path().toString(), layers);
    List<Manifest> manifests = new ArrayList<>();
    if (location.form() == ImageLocation.Form.OCI) {
      manifests.addAll(
          writer.write(containers, location.path(), location.choice().name(), progress::written));
    } else {
      try (OutputFile output = OutputFile.create(location.path(), session.temporaryFiles())) {
        try {
          manifests.addAll(
              writer.writeArchive(
                  containers,
                  session.temporaryFiles().folder(),
                  session.environment().sourceDateEpoch(),
                  location.choice().name(),
                  progress::written,
                  output.channel()));
          output.commit();
        } catch (IOException e) {
          throw output.explain(e);
        }
      }
    }
    progress.finished();
    return manifests;
  }
}
