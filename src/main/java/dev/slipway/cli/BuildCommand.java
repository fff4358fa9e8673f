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
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;

/** {@code slipway build}: builds images of the image file into archives. */
final class BuildCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> words = invocation.words();
    SequencedSet<String> names = new LinkedHashSet<>(words.subList(1, words.size()));
    Optional<String> out = OutArgument.place(invocation, session);
    boolean json = invocation.has(OptionName.JSON);
    if (names.isEmpty()) {
      throw new UsageException("slipway build needs the NAME of an image");
    }
    if (out.isPresent() && names.size() > 1) {
      throw new UsageException("-o names one archive, but there are " + names.size() + " images");
    }
    boolean toStandardOutput = out.equals(Optional.of(OutArgument.STANDARD_OUTPUT));
    ImageFile file = ImageFiles.read(invocation, session);
    List<JsonValue> built = new ArrayList<>();
    try (ImageBuilder builder = new ImageBuilder(file, invocation, session)) {
      builder.build(
          names,
          (name, compression, image) -> {
            if (toStandardOutput) {
              try {
                image.writeTo(session.streams().outForMuch(), ImageBuilder.compressor(compression));
              } catch (IOException e) {
                throw Streams.explain(e);
              }
              return Optional.empty();
            }
            String place = out.orElse(name + ".tar" + compression.fileExtension());
            Optional<LayoutOutput> layout = LayoutOutput.of(place, session);
            if (layout.isPresent()) {
              List<PackableImage> images = image.packables();
              List<Manifest> manifests = layout.get().write(images, compression, image.progress());
              for (int i = 0; i < images.size(); i++) {
                built.add(
                    describe(images.get(i).description(), place)
                        .with("manifestDigest", manifests.get(i).digest().toString()));
              }
            } else {
              write(compression, image, LayoutOutput.file(place), session)
                  .forEach(one -> built.add(describe(one, place)));
            }
            if (!json) {
              session.streams().print(place + "\n");
            }
            return layout.isPresent() ? Optional.empty() : Optional.of(LayoutOutput.file(place));
          });
    }
    if (json) {
      new JsonOrText(session.streams(), true).write(() -> new JsonArray(built), () -> "");
    }
  }

  private static List<BuiltImage> write(
      Compression compression, ImageBuilder.Archive image, Path place, Session session)
      throws IOException {
    try (OutputFile output = OutputFile.create(place, session.temporaryFiles())) {
      try {
        List<BuiltImage> built =
            image.writeTo(output.channel(), ImageBuilder.compressor(compression));
        output.commit();
        return built;
      } catch (IOException e) {
        throw output.explain(e);
      }
    }
  }

  private static JsonObject describe(BuiltImage image, String place) {
    List<JsonValue> layers = new ArrayList<>();
    for (BuiltImage.BuiltLayer layer : image.layers()) {
      layers.add(
          JsonObject.EMPTY
              .with("diffId", layer.diffId().toString())
              .with("size", JsonNumber.of(layer.size()))
              .with("entries", JsonNumber.of(layer.entries()))
              .with("paths", JsonArray.ofStrings(layer.paths())));
    }
    return JsonObject.EMPTY
        .with("name", text(image.name()))
        .with("tag", text(image.tag()))
        .with("out", place)
        .with("configDigest", image.configDigest().toString())
        .with("layers", new JsonArray(layers));
  }

  /** What is empty is not known: archives may have images without a name. */
  private static JsonValue text(String text) {
    return text.isEmpty() ? JsonNull.NULL : new JsonString(text);
  }
}
