package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compression;
import dev.slipway.layer.NoCompression;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageReference;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.oci.PythonJson;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageChoice;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code slipway inspect}: shows what an archive holds. */
final class InspectCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.size() != 1) {
      throw new UsageException(
          "slipway inspect needs one NAME, ARCHIVE, LAYOUT or REF, found " + arguments.size());
    }
    String argument = arguments.getFirst();
    if (invocation.has(OptionName.RAW) && invocation.has(OptionName.CONFIG)) {
      throw new UsageException("--raw and --config are two documents; choose one");
    }
    Optional<ImageFile> file = ImageFiles.find(invocation, session);
    if (file.isPresent()) {
      Optional<ImageArgument> named = ImageArgument.find(argument, file.get());
      if (named.isPresent()) {
        show(built(named.get(), file.get(), invocation, session), invocation, session);
        return;
      }
    }
    Optional<ImageReference> reference = ArchiveArgument.reference(argument);
    if (reference.isPresent()) {
      new InspectedReference(reference.get(), invocation, session).show();
      return;
    }
    show(ArchiveArgument.location(argument), invocation, session);
  }

  /** Builds an image, for all its platforms if none is chosen, into an archive for a while. */
  private static ImageLocation built(
      ImageArgument argument, ImageFile file, Invocation invocation, Session session)
      throws IOException, InterruptedException {
    Path folder = session.temporaryFiles().folder();
    boolean list = argument.isList(file);
    ImageLocation location =
        new ImageLocation(
            list ? ImageLocation.Form.OCI : ImageLocation.Form.DOCKER_ARCHIVE,
            folder.resolve("inspected"),
            ImageChoice.ALL);
    try (ImageBuilder builder = new ImageBuilder(file, invocation, session)) {
      if (list) {
        try (LayoutOutput output = LayoutOutput.open(location, session)) {
          builder.build(
              argument.targets(file),
              (_, _, image) -> {
                output.add(image.packables(), Compression.NONE, image.progress());
                return Optional.empty();
              });
          output.commit(true);
        }
      } else {
        builder.build(
            argument.targets(file),
            (_, _, image) -> {
              try (OutputFile output =
                  OutputFile.create(location.path(), session.temporaryFiles())) {
                image.writeTo(output.channel(), new NoCompression());
                output.commit();
              }
              return Optional.of(location.path());
            });
      }
    }
    return location;
  }

  private static void show(ImageLocation location, Invocation invocation, Session session)
      throws IOException {
    boolean raw = invocation.has(OptionName.RAW);
    if (raw || invocation.has(OptionName.CONFIG)) {
      Platform platform = PullCommand.platform(invocation, session);
      try (DockerArchive archive =
          ArchiveArgument.open(raw ? location : location.on(platform), session)) {
        session.streams().write(raw ? archive.raw() : archive.config().bytes());
      }
      return;
    }
    try (DockerArchive archive = ArchiveArgument.open(location, session)) {
      List<ArchivedImage> images = archive.images();
      new JsonOrText(session.streams(), invocation.has(OptionName.JSON))
          .write(
              () -> new JsonArray(images.stream().map(InspectCommand::json).toList()),
              () -> images.stream().map(InspectCommand::text).collect(Collectors.joining("\n")));
    }
  }

  private static JsonValue json(ArchivedImage image) {
    List<JsonValue> layers = new ArrayList<>();
    for (ArchivedLayer layer : image.layers()) {
      layers.add(
          JsonObject.EMPTY
              .with("diffId", layer.layer().diffId().toString())
              .with("size", JsonNumber.of(layer.layer().tar().size()))
              .with("entries", JsonNumber.of(layer.layer().entries()))
              .with("member", layer.memberName())
              .with("storedSize", JsonNumber.of(layer.file().header().size())));
    }
    JsonObject json = JsonObject.EMPTY.with("repoTags", JsonArray.ofStrings(image.repoTags()));
    if (image.manifest().isPresent()) {
      json = json.with("manifestDigest", image.manifest().get().digest().toString());
    }
    return json.with("configDigest", image.config().digest().toString())
        .with("config", image.config().json())
        .with("layers", new JsonArray(layers));
  }

  private static String text(ArchivedImage image) {
    StringBuilder out = new StringBuilder();
    field(out, "Image", image.repoTags().isEmpty() ? "-" : String.join(" ", image.repoTags()));
    image.manifest().ifPresent(manifest -> field(out, "Manifest", manifest.digest().toString()));
    config(out, image.config().digest(), image.config().json());
    layers(out, image.layers());
    if (image.config().json().get("history") instanceof JsonArray history) {
      history(out, history);
    }
    return out.toString();
  }

  /** Shows what a config document says, but for layers and history. */
  static void config(StringBuilder out, Digest digest, JsonObject document) {
    field(out, "Config", digest.toString());
    field(
        out,
        "Platform",
        plain(document.get("os"))
            + "/"
            + plain(document.get("architecture"))
            + (document.get("variant") instanceof JsonString variant ? "/" + variant.value() : ""));
    field(out, "Created", plain(document.get("created")));
    if (document.get("config") instanceof JsonObject config) {
      for (Map.Entry<String, JsonValue> member : config.members().entrySet()) {
        if (member.getValue() != JsonNull.NULL) {
          field(out, member.getKey(), plain(member.getValue()));
        }
      }
    }
  }

  static void field(StringBuilder out, String name, String value) {
    out.append(String.format(Locale.ROOT, "%-13s %s%n", OneLine.of(name) + ":", OneLine.of(value)));
  }

  private static void layers(StringBuilder out, List<ArchivedLayer> layers) {
    long size = layers.stream().mapToLong(layer -> layer.layer().tar().size()).sum();
    long stored = layers.stream().mapToLong(layer -> layer.file().header().size()).sum();
    String total = layers.size() + ", " + Bytes.of(size);
    field(out, "Layers", stored < size ? total + ", compressed " + Bytes.of(stored) : total);
    for (int i = 0; i < layers.size(); i++) {
      ArchivedLayer layer = layers.get(i);
      out.append(
          String.format(
              Locale.ROOT,
              "%5d  %s  %10s  %7d entries%n",
              i + 1,
              layer.layer().diffId(),
              Bytes.of(layer.layer().tar().size()),
              layer.layer().entries()));
    }
  }

  static void history(StringBuilder out, JsonArray history) {
    field(out, "History", String.valueOf(history.elements().size()));
    int layer = 0;
    for (JsonValue element : history.elements()) {
      if (!(element instanceof JsonObject entry)) {
        continue;
      }
      boolean empty = new JsonBoolean(true).equals(entry.get("empty_layer"));
      String number = empty ? "-" : String.valueOf(++layer);
      List<String> said = new ArrayList<>();
      for (String key : List.of("created", "created_by", "comment")) {
        if (entry.get(key) instanceof JsonString string && !string.value().isEmpty()) {
          said.add(string.value());
        }
      }
      out.append(
          String.format(Locale.ROOT, "%5s  %s%n", number, OneLine.of(String.join("  ", said))));
    }
  }

  /** A string as it is, everything else as JSON in one line. */
  private static String plain(@Nullable JsonValue value) {
    return switch (value) {
      case null -> "-";
      case JsonString string -> string.value();
      default -> compact(value);
    };
  }

  private static String compact(JsonValue value) {
    return switch (value) {
      case JsonObject object ->
          object.members().entrySet().stream()
              .map(m -> compact(new JsonString(m.getKey())) + ": " + compact(m.getValue()))
              .collect(Collectors.joining(", ", "{", "}"));
      case JsonArray array ->
          array.elements().stream()
              .map(InspectCommand::compact)
              .collect(Collectors.joining(", ", "[", "]"));
      default -> new String(PythonJson.write(value), StandardCharsets.US_ASCII);
    };
  }
}
