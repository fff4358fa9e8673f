package dev.slipway.cli;

import dev.slipway.build.BuiltImage;
import dev.slipway.build.PackableImage;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Manifest;
import dev.slipway.oci.Platform;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/** {@code slipway build}: builds images of the image file into archives. */
final class BuildCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> words = invocation.words();
    SequencedSet<String> named = new LinkedHashSet<>(words.subList(1, words.size()));
    Optional<String> out = OutArgument.place(invocation, session);
    if (named.isEmpty()) {
      throw new UsageException("slipway build needs the NAME of an image");
    }
    if (out.isPresent() && named.size() > 1) {
      throw new UsageException("-o names one archive, but there are " + named.size() + " images");
    }
    ImageFile file = ImageFiles.read(invocation, session);
    List<ImageArgument> arguments = new ArrayList<>();
    for (String word : named) {
      arguments.add(ImageArgument.of(word, file));
    }
    Optional<ImageLocation> layout =
        out.isPresent() ? LayoutOutput.location(out.get()) : Optional.empty();
    try (ImageBuilder builder = new ImageBuilder(file, invocation, session)) {
      Building building = new Building(file, builder, session, invocation.has(OptionName.JSON));
      if (layout.isPresent()) {
        building.layout(arguments.getFirst(), layout.get(), out.orElseThrow());
      } else {
        building.archives(arguments, out);
      }
      building.tell();
    }
  }

  /** Builds images, and tells of them. */
  private static final class Building {
    private final ImageFile file;
    private final ImageBuilder builder;
    private final Session session;
    private final boolean json;
    private final List<JsonValue> built = new ArrayList<>();

    Building(ImageFile file, ImageBuilder builder, Session session, boolean json) {
      this.file = file;
      this.builder = builder;
      this.session = session;
      this.json = json;
    }

    /** Adds an image for one platform, or for all that it lists, to a layout. */
    void layout(ImageArgument argument, ImageLocation location, String place)
        throws IOException, InterruptedException {
      List<ImageFile.Target> targets = argument.targets(file);
      try (LayoutOutput output = LayoutOutput.open(location, session)) {
        builder.build(
            targets,
            (target, compression, image) -> {
              List<PackableImage> images = image.packables();
              List<Manifest> manifests = output.add(images, compression, image.progress());
              for (int i = 0; i < images.size(); i++) {
                built.add(
                    describe(images.get(i).description(), platform(target), place)
                        .with("manifestDigest", manifests.get(i).digest().toString()));
              }
              return Optional.empty();
            });
        output.commit(argument.isList(file));
      }
      print(place);
    }

    /** Writes each image for one platform into an archive. */
    void archives(List<ImageArgument> arguments, Optional<String> out)
        throws IOException, InterruptedException {
      Map<ImageFile.Target, String> names = new LinkedHashMap<>();
      for (ImageArgument argument : arguments) {
        names.put(argument.target(file), argument.fileName());
      }
      builder.build(
          names.keySet(),
          (target, compression, image) -> {
            if (out.equals(Optional.of(OutArgument.STANDARD_OUTPUT))) {
              write(image, compression);
              return Optional.empty();
            }
            String place = out.orElse(names.get(target) + ".tar" + compression.fileExtension());
            ArchiveOutput archive = ArchiveOutput.of(place);
            ImageBuilder.Archive called =
                archive.name().isPresent() ? image.named(archive.name().get()) : image;
            for (BuiltImage one : write(called, compression, archive.file())) {
              built.add(describe(one, platform(target), place));
            }
            print(place);
            return Optional.of(archive.file());
          });
    }

    private void write(ImageBuilder.Archive image, Compression compression) throws IOException {
      try {
        image.writeTo(session.streams().outForMuch(), ImageBuilder.compressor(compression));
      } catch (IOException e) {
        throw Streams.explain(e);
      }
    }

    private List<BuiltImage> write(ImageBuilder.Archive image, Compression compression, Path place)
        throws IOException {
      try (OutputFile output = OutputFile.create(place, session.temporaryFiles())) {
        try {
          List<BuiltImage> images =
              image.writeTo(output.channel(), ImageBuilder.compressor(compression));
          output.commit();
          return images;
        } catch (IOException e) {
          throw output.explain(e);
        }
      }
    }

    /** The platform of an image that is for several. */
    private Optional<Platform> platform(ImageFile.Target target) throws IOException {
      return file.platforms(target.name()).map(_ -> target.platform());
    }

    private void print(String place) throws IOException {
      if (!json) {
        session.streams().print(place + "\n");
      }
    }

    void tell() throws IOException {
      if (json) {
        new JsonOrText(session.streams(), true).write(() -> new JsonArray(built), () -> "");
      }
    }
  }

  private static JsonObject describe(BuiltImage image, Optional<Platform> platform, String place) {
    List<JsonValue> layers = new ArrayList<>();
    for (BuiltImage.BuiltLayer layer : image.layers()) {
      layers.add(
          JsonObject.EMPTY
              .with("diffId", layer.diffId().toString())
              .with("size", JsonNumber.of(layer.size()))
              .with("entries", JsonNumber.of(layer.entries()))
              .with("paths", JsonArray.ofStrings(layer.paths())));
    }
    JsonObject called =
        JsonObject.EMPTY.with("name", text(image.name())).with("tag", text(image.tag()));
    if (platform.isPresent()) {
      called = called.with("platform", platform.get().toString());
    }
    return called
        .with("out", place)
        .with("configDigest", image.configDigest().toString())
        .with("layers", new JsonArray(layers));
  }

  /** What is empty is not known: archives may have images without a name. */
  private static JsonValue text(String text) {
    return text.isEmpty() ? JsonNull.NULL : new JsonString(text);
  }
}
