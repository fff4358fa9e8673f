package dev.slipway.cli;

import dev.slipway.build.BuildableImage;
import dev.slipway.build.BuiltImage;
import dev.slipway.build.DockerTools;
import dev.slipway.build.ExportImageArguments;
import dev.slipway.build.ExportedImage;
import dev.slipway.build.IsoTime;
import dev.slipway.build.LayeredImageArguments;
import dev.slipway.build.MergedImages;
import dev.slipway.build.NixShellArguments;
import dev.slipway.build.PackableImage;
import dev.slipway.build.PlainImageArguments;
import dev.slipway.build.Progress;
import dev.slipway.build.ShellDerivation;
import dev.slipway.cli.imagefile.CreatedTime;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.cli.imagefile.ImageSpec;
import dev.slipway.cli.imagefile.JsonTemplate;
import dev.slipway.cli.imagefile.PathArgument;
import dev.slipway.cli.imagefile.Reference;
import dev.slipway.cli.imagefile.Template;
import dev.slipway.cli.imagefile.Tool;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.NoCompression;
import dev.slipway.layering.Layering;
import dev.slipway.layering.LayeringPipeline;
import dev.slipway.layering.PipelineLayering;
import dev.slipway.layering.PopularityLayering;
import dev.slipway.layering.SizeLayering;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.store.Stores;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
      compressions.put(target, compression(spec));
      return sink.take(target, compression(spec), new SingleImage(image, progress));
    }
  }

  private Optional<Path> export(ImageFile.Target target, ImageSpec.Export spec, Sink sink)
      throws IOException, InterruptedException {
    try (ExportedImage image = tools().streamExportedImage(arguments(spec, target.platform()))) {
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
          tools().streamLayeredImage(arguments(layered, platform), progress);
      case ImageSpec.Plain plain -> tools().streamImage(arguments(plain, platform), progress);
      case ImageSpec.NixShell shell ->
          tools().streamNixShellImage(arguments(shell, platform), stores.own(), progress);
      default -> throw new IllegalArgumentException(spec.function() + " has no layer of its own");
    };
  }

  private static Compression compression(ImageSpec spec) {
    return switch (spec) {
      case ImageSpec.Layered layered -> layered.compressor();
      case ImageSpec.Plain plain -> plain.compressor();
      case ImageSpec.NixShell shell -> shell.compressor();
      default -> Compression.NONE;
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

  private DockerTools tools() throws IOException {
    return new DockerTools(
        ToolSettings.of(
            session,
            stores.all(),
            workbench.toolForScripts(Tool.RUNTIME_SHELL),
            workbench.toolForScripts(Tool.COREUTILS)));
  }

  private Optional<ImageLocation> archive(Optional<PathArgument> argument, Platform platform)
      throws IOException {
    return argument.isPresent()
        ? Optional.of(workbench.archive(argument.get(), platform))
        : Optional.empty();
  }

  private Optional<String> text(Optional<Template> template) throws IOException {
    return template.isPresent() ? Optional.of(workbench.text(template.get())) : Optional.empty();
  }

  private ExportImageArguments arguments(ImageSpec.Export spec, Platform platform)
      throws IOException {
    return new ExportImageArguments(
        workbench.archive(spec.fromImage(), platform),
        text(spec.fromImageName()),
        text(spec.fromImageTag()));
  }

  private PlainImageArguments arguments(ImageSpec.Plain spec, Platform platform)
      throws IOException {
    return new PlainImageArguments(
        workbench.text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        archive(spec.fromImage(), platform),
        text(spec.fromImageName()),
        text(spec.fromImageTag()),
        workbench.storePaths(spec.copyToRoot()),
        workbench.storePaths(spec.contents()),
        spec.keepContentsDirlinks(),
        spec.config().render(workbench::resolve),
        platform,
        switch (spec.created()) {
          case CreatedTime.Now _ -> IsoTime.of(now.truncatedTo(ChronoUnit.SECONDS)).toString();
          case CreatedTime.At at -> at.rfc3339();
        },
        spec.uid(),
        spec.gid(),
        workbench.text(spec.extraCommands()),
        text(spec.runAsRoot()),
        spec.diskSize(),
        spec.buildVmMemorySize(),
        spec.includeNixDb(),
        compression(spec));
  }

  private LayeredImageArguments arguments(ImageSpec.Layered spec, Platform platform)
      throws IOException {
    return new LayeredImageArguments(
        workbench.text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        archive(spec.fromImage(), platform),
        workbench.storePaths(spec.contents()),
        spec.config().render(workbench::resolve),
        platform,
        time(spec.created()),
        spec.mtime().map(this::time),
        spec.uid(),
        spec.gid(),
        workbench.text(spec.uname()),
        workbench.text(spec.gname()),
        spec.maxLayers(),
        workbench.text(spec.extraCommands()),
        workbench.text(spec.fakeRootCommands()),
        spec.enableFakechroot(),
        spec.includeStorePaths(),
        spec.includeNixDb(),
        layering(spec.layering()),
        compression(spec));
  }

  /** What a stream configuration calls the archive that {@code argument} names. */
  String archiveName(PathArgument argument, Platform platform) throws IOException {
    return workbench.archiveName(argument, platform);
  }

  private NixShellArguments arguments(ImageSpec.NixShell spec, Platform platform)
      throws IOException {
    return new NixShellArguments(
        switch (spec.drv()) {
          case ImageSpec.Drv.File(var path) -> derivation(path);
          case ImageSpec.Drv.Attributes(var attributes) ->
              ShellDerivation.of(
                  (JsonObject) attributes.render(workbench::resolve),
                  stores.all(),
                  attributes.at() + ": drv");
        },
        text(spec.name()),
        tag.isPresent() ? tag : text(spec.tag()),
        spec.uid(),
        spec.gid(),
        workbench.text(spec.homeDirectory()),
        text(spec.shell()),
        text(spec.command()),
        text(spec.run()),
        platform,
        compression(spec),
        workbench.shellPackages(spec.at(), spec.function()));
  }

  private ShellDerivation derivation(PathArgument path) throws IOException {
    if (!(path instanceof PathArgument.StoreObject(_, var object, var inside))
        || !inside.isEmpty()) {
      throw new ImageFileException(
          path.at(), "drv: expected the path of a .drv file in the store, or attributes");
    }
    return ShellDerivation.read(stores.all(), object);
  }

  private IsoTime time(CreatedTime time) {
    return switch (time) {
      case CreatedTime.Now _ -> IsoTime.of(now);
      // GNU date, which reads it for the original, prints no fractions.
      case CreatedTime.At at -> IsoTime.of(at.instant().truncatedTo(ChronoUnit.SECONDS));
    };
  }

  private Layering layering(dev.slipway.cli.imagefile.Layering layering) throws IOException {
    return switch (layering) {
      case dev.slipway.cli.imagefile.Layering.Popularity _ -> new PopularityLayering();
      case dev.slipway.cli.imagefile.Layering.Size _ -> new SizeLayering();
      case dev.slipway.cli.imagefile.Layering.Pipeline(var operations) -> pipeline(operations);
    };
  }

  private Layering pipeline(JsonTemplate operations) throws IOException {
    Object value = plain(operations.render(workbench::resolve));
    try {
      return new PipelineLayering(LayeringPipeline.parse(value));
    } catch (ImageException e) {
      throw new ImageFileException(operations.at(), String.valueOf(e.getMessage()), e);
    }
  }

  private static @Nullable Object plain(JsonValue value) {
    return switch (value) {
      case JsonObject object -> {
        Map<String, @Nullable Object> members = new HashMap<>();
        object.members().forEach((key, member) -> members.put(key, plain(member)));
        yield members;
      }
      case JsonArray array -> {
        List<@Nullable Object> elements = new ArrayList<>();
        array.elements().forEach(element -> elements.add(plain(element)));
        yield elements;
      }
      case JsonString string -> string.value();
      case JsonNumber number -> number.isInteger() ? number.integer() : number.decimal();
      case JsonBoolean bool -> bool.value();
      case JsonNull _ -> null;
    };
  }

  @Override
  public void close() throws IOException {
    puller.close();
    packages.close();
    stores.close();
  }
}
