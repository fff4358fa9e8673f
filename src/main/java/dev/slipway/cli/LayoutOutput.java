package dev.slipway.cli;

import dev.slipway.build.PackableImage;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.oci.Manifest;
import dev.slipway.transport.ImageChoice;
import dev.slipway.transport.ImageLocation;
import dev.slipway.transport.LayoutTar;
import dev.slipway.transport.LayoutWriter;
import dev.slipway.transport.ManifestFormat;
import dev.slipway.transport.PackingSettings;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An OUT that is an OCI layout, as a folder or in a tar, while images are added to it. */
final class LayoutOutput implements Closeable {
  private final ImageLocation location;
  private final Session session;
  private final Path folder;
  private final LayoutWriter writer;
  private final @Nullable OutputFile tar;

  private LayoutOutput(
      ImageLocation location,
      Session session,
      Path folder,
      LayoutWriter writer,
      @Nullable OutputFile tar) {
    this.location = location;
    this.session = session;
    this.folder = folder;
    this.writer = writer;
    this.tar = tar;
  }

  /** The layout that OUT names; empty if it names something else. */
  static Optional<ImageLocation> location(String out) throws IOException {
    Optional<ImageLocation> location = ImageLocation.parse(out, Path.of(""));
    if (location.isEmpty() || location.get().form() == ImageLocation.Form.DOCKER_ARCHIVE) {
      return Optional.empty();
    }
    ImageChoice choice = location.get().choice();
    if (choice.digest().isPresent() || choice.index().isPresent()) {
      throw new UsageException("-o: '" + out + "': what is written cannot be chosen by " + choice);
    }
    return location;
  }

  /** Begins to write a layout. */
  static LayoutOutput open(ImageLocation location, Session session) throws IOException {
    TemporaryFiles temporary = session.temporaryFiles();
    if (location.form() == ImageLocation.Form.OCI) {
      LayoutWriter writer = LayoutWriter.open(location.path(), temporary);
      return new LayoutOutput(location, session, location.path(), writer, null);
    }
    OutputFile tar = OutputFile.create(location.path(), temporary);
    Path folder = Files.createTempDirectory(temporary.folder(), "layout-");
    return new LayoutOutput(location, session, folder, LayoutWriter.open(folder, temporary), tar);
  }

  /** Adds images, compressed so where they are not compressed yet. */
  List<Manifest> add(List<PackableImage> images, Compression compression, ProgressView progress)
      throws IOException {
    PackingSettings settings =
        new PackingSettings(
            ImageBuilder.compressor(compression),
            false,
            Optional.of(ManifestFormat.OCI),
            Map.of(),
            session.digests(),
            Version.NUMBER);
    int layers = images.stream().mapToInt(image -> image.image().layers().size()).sum();
    progress.started(location.path().toString(), layers);
    List<Manifest> manifests = new ArrayList<>();
    for (PackableImage image : images) {
      manifests.add(writer.add(image.image(), settings, progress::written));
    }
    progress.finished();
    return manifests;
  }

  /**
   * Makes the images part of the layout.
   *
   * @param list whether they are one image for several platforms
   */
  void commit(boolean list) throws IOException {
    if (list) {
      writer.commitList(location.choice().name());
    } else {
      writer.commit(location.choice().name());
    }
    if (tar != null) {
      try {
        LayoutTar.write(folder, session.environment().sourceDateEpoch(), tar.channel());
        tar.commit();
      } catch (IOException e) {
        throw tar.explain(e);
      }
    }
  }

  /** Leaves no part of images that were not made part of the layout. */
  @Override
  public void close() throws IOException {
    try (tar) {
      writer.close();
    }
  }
}
