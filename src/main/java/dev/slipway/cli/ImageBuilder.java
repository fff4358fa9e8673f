package dev.slipway.cli;

import dev.slipway.build.BuildableImage;
import dev.slipway.build.BuiltImage;
import dev.slipway.build.DockerTools;
import dev.slipway.build.ExportedImage;
import dev.slipway.build.LayeredImage;
import dev.slipway.build.MergedImages;
import dev.slipway.build.PackableImage;
import dev.slipway.build.Progress;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageSpec;
import dev.slipway.cli.imagefile.PathArgument;
import dev.slipway.cli.imagefile.Reference;
import dev.slipway.cli.imagefile.Tool;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.NoCompression;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.Platform;
import dev.slipway.store.Stores;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds images of an image file, with all that they are made from. */
final class ImageBuilder implements AutoCloseable {
  private final ImageFile file;
  private final Session session;
  private final Stores.ForBuild stores;
  private final Packages packages;
  private final Workbench workbench;
  private final Puller puller;
  private final Instant now;
  private final Optional<String> wantedTag;
  private final Map<ImageFile.Target, Compression> compressions = new HashMap<>();
  private Optional<String> tag = Optional.empty();

  /** Takes in an image as it is made; for one that others are built upon, says where it lies. */
  @FunctionalInterface
  interface Sink {
    /** Where the archive that {@code image} writes itself to will be found, if anywhere. */
    Optional<Path> take(ImageFile.Target target, Compression compression, Archive image)
        throws IOException, InterruptedException;
  }

  /** An image that is ready to be written. */
  interface Archive {
    /** Writes it, compressed, and says which images are in it. */
    List<BuiltImage> writeTo(WritableByteChannel out, Compressor compressor) throws IOException;

    /**
     * The images in it, as layouts and registries take them.
     *
     * @throws ImageException if it holds no image
     */
    List<PackableImage> packables() throws IOException;

    /** The image of which it is the archive; empty if it is put together from others. */
    Optional<BuildableImage> image();

    /** Shows how the writing goes on. */
    ProgressView progress();

    /**
     * The same under another name.
     *
     * @throws UsageException if it keeps the names that it has
     */
    Archive named(ImageReference name) throws UsageException;
  }

  /** Builds in the store, and with the tag, that the command line asks for. */
  ImageBuilder(ImageFile file, Invocation invocation, Session session) throws IOException {
    this.file = file;
    this.session = session;
    this.stores = ChosenStore.of(invocation, session, file).openForBuild(invocation);
    this.wantedTag = invocation.value(OptionName.IMAGE_TAG);
    this.packages = new Packages(file, invocation, session);
    this.workbench = new Workbench(file, stores, packages, session);
    this.puller = new Puller(session);
    this.now = session.clock().instant();
  }

  /**
   * Builds these images and those they are made from, each after those it is made from.
   *
   * @param sink gets those that were asked for
   */
  void build(Collection<ImageFile.Target> targets, Sink sink)
      throws IOException, InterruptedException {
    List<ImageFile.Step> order = file.buildOrder(targets);
    for (ImageFile.Step step : order) {
      switch (step) {
        case ImageFile.StoreObject object -> workbench.addObject(object);
        case ImageFile.Target target -> {
          workbench.on(target.platform());
          boolean asked = targets.contains(target);
          tag = asked ? wantedTag : Optional.empty();
          build(target, asked, sink);
        }
      }
    }
  }

  private void build(ImageFile.Target target, boolean asked, Sink asker)
      throws IOException, InterruptedException {
    Sink sink = asked ? asker : this::keep;
    Optional<Path> archive =
        switch (file.image(target)) {
          case ImageSpec.Export export -> export(target, export, sink);
          case ImageSpec.Merge merge -> merge(target, merge, sink);
          case ImageSpec.Pull pull -> pull(target, pull, asked, sink);
          case ImageSpec spec -> image(target, spec, sink);
        };
    archive.ifPresent(path -> workbench.addArchive(target, path));
  }

  private Optional<Path> image(ImageFile.Target target, ImageSpec spec, Sink sink)
      throws IOException, InterruptedException {
    try (ProgressView progress = session.progress();
        BuildableImage image = image(spec, target.platform(), progress)) {
      compressions.put(target, ImageArguments.compression(spec));
      return sink.take(target, ImageArguments.compression(spec), new SingleImage(image, progress));
    }
  }

  private Optional<Path> export(ImageFile.Target target, ImageSpec.Export spec, Sink sink)
      throws IOException, InterruptedException {
    try (ExportedImage image =
        tools().streamExportedImage(arguments().of(spec, target.platform()))) {
      return sink.take(
          target,
          Compression.NONE,
          archive(
              ProgressView.NONE,
              plain -> List.of(image.writeTo(plain)),
              () -> {
                throw new ImageException(
                    spec.at() + ": a file system that is exported is no image any more");
              }));
    }
  }

  /** What was pulled lies in the cache, for those that are built upon it too. */
  private Optional<Path> pull(
      ImageFile.Target target, ImageSpec.Pull spec, boolean asked, Sink sink)
      throws IOException, InterruptedException {
    PullArguments arguments = new PullArguments(spec, target.platform(), workbench);
    Path pulled = puller.archive(arguments.request(), arguments.hash());
    compressions.put(target, Compression.NONE);
    if (asked) {
      try (DockerArchive read = ArchiveArgument.open(ImageLocation.of(pulled), session)) {
        sink.take(
            target,
            Compression.NONE,
            archive(
                ProgressView.NONE,
                plain -> {
                  PullCommand.copy(pulled, plain);
                  return packables(read).stream().map(PackableImage::description).toList();
                },
                () -> packables(read)));
      }
    }
    return Optional.of(pulled);
  }

  private static List<PackableImage> packables(DockerArchive archive) throws IOException {
    return archive.images().stream().map(PackableImage::of).toList();
  }

  private Optional<Path> merge(ImageFile.Target target, ImageSpec.Merge spec, Sink sink)
      throws IOException, InterruptedException {
    List<ImageLocation> archives = new ArrayList<>();
    for (PathArgument image : spec.images()) {
      archives.add(workbench.archive(image, target.platform()));
    }
    try (ProgressView progress = session.progress();
        MergedImages images = tools().streamMergedImages(archives)) {
      Compression compression =
          compression(spec.images().getLast(), target.platform(), images.compression());
      compressions.put(target, compression);
      return sink.take(
          target,
          compression,
          archive(progress, plain -> images.writeTo(plain, progress), images::packables));
    }
  }

  /** How an archive is compressed, or would be if it was not made for others alone. */
  private Compression compression(PathArgument image, Platform platform, Compression found)
      throws ImageException {
    if (image instanceof PathArgument.Defined defined
        && defined.reference().kind() == Reference.Kind.IMAGES) {
      Compression asked = compressions.get(file.builtUponBy(platform, defined.reference().name()));
      if (asked != null) {
        return asked;
      }
    }
    return found;
  }

  private BuildableImage image(ImageSpec spec, Platform platform, Progress progress)
      throws IOException, InterruptedException {
    return switch (spec) {
      case ImageSpec.Layered layered ->
          tools().streamLayeredImage(arguments().of(layered, platform), progress);
      case ImageSpec.Plain plain -> tools().streamImage(arguments().of(plain, platform), progress);
      case ImageSpec.NixShell shell ->
          tools().streamNixShellImage(arguments().of(shell, platform), stores.own(), progress);
      default -> throw new IllegalArgumentException(spec.function() + " has no layer of its own");
    };
  }

  /** An image that was made here. */
  private record SingleImage(BuildableImage one, ProgressView progress) implements Archive {
    @Override
    public List<BuiltImage> writeTo(WritableByteChannel out, Compressor compressor)
        throws IOException {
      List<BuiltImage> built = new ArrayList<>();
      compressor.compress(channel -> built.add(one.writeTo(channel, progress)), out);
      return built;
    }

    @Override
    public List<PackableImage> packables() throws IOException {
      return List.of(one.packable());
    }

    @Override
    public Optional<BuildableImage> image() {
      return Optional.of(one);
    }

    @Override
    public Archive named(ImageReference name) {
      return new SingleImage(
          one.named(name.repository().familiar(), name.tag().orElseThrow()), progress);
    }
  }

  /** Writes what is not compressed itself. */
  @FunctionalInterface
  private interface Plain {
    List<BuiltImage> writeTo(WritableByteChannel out) throws IOException;
  }

  /** Takes an archive apart. */
  @FunctionalInterface
  private interface Parts {
    List<PackableImage> packables() throws IOException;
  }

  private static Archive archive(ProgressView progress, Plain archive, Parts parts) {
    return new Archive() {
      @Override
      public List<BuiltImage> writeTo(WritableByteChannel out, Compressor compressor)
          throws IOException {
        List<BuiltImage> built = new ArrayList<>();
        compressor.compress(channel -> built.addAll(archive.writeTo(channel)), out);
        return built;
      }

      @Override
      public List<PackableImage> packables() throws IOException {
        return parts.packables();
      }

      @Override
      public Optional<BuildableImage> image() {
        return Optional.empty();
      }

      @Override
      public ProgressView progress() {
        return progress;
      }

      @Override
      public Archive named(ImageReference name) throws UsageException {
        throw new UsageException(
            "'%s' can be the name of an image that is built, but not of one that is pulled or merged"
                .formatted(name.familiar()));
      }
    };
  }

  /** An image that only others are built upon needs no compression. */
  private Optional<Path> keep(ImageFile.Target target, Compression compression, Archive image)
      throws IOException {
    Path place = session.temporaryFiles().folder().resolve(target.fileName() + ".tar");
    try (OutputFile output = OutputFile.create(place, session.temporaryFiles())) {
      try {
        image.writeTo(output.channel(), new NoCompression());
        output.commit();
      } catch (IOException e) {
        throw output.explain(e);
      }
    }
    return Optional.of(place);
  }

  /** The compressor that makes this form, as fast as this machine allows. */
  static Compressor compressor(Compression compression) {
    return Compressor.of(compression, Runtime.getRuntime().availableProcessors());
  }

  private ImageArguments arguments() {
    return new ImageArguments(workbench, stores, now, tag);
  }

  private DockerTools tools() throws IOException {
    return new DockerTools(
        ToolSettings.of(
            session,
            stores.all(),
            workbench.toolForScripts(Tool.RUNTIME_SHELL),
            workbench.toolForScripts(Tool.COREUTILS)));
  }

  /**
   * Copies those of an image's store objects that are not in the chosen store.
   *
   * @param folder where to; made if there are any
   * @return whether there are any
   */
  boolean copyOwn(LayeredImage image, Path folder) throws IOException {
    return stores.copyOwn(image.storePaths(), folder);
  }

  /** What a stream configuration calls the archive that {@code argument} names. */
  String archiveName(PathArgument argument, Platform platform) throws IOException {
    return workbench.archiveName(argument, platform);
  }

  @Override
  public void close() throws IOException {
    puller.close();
    packages.close();
    stores.close();
  }
}
