package dev.slipway.cli;

import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.PythonJson;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code slipway inspect}: shows what an archive holds. */
final class InspectCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    if (arguments.size() != 1) {
      throw new UsageException("slipway inspect needs one ARCHIVE, found " + arguments.size());
    }
    ImageLocation location = ArchiveArgument.location(arguments.getFirst());
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
              .with("member", layer.memberName()));
    }
    return JsonObject.EMPTY
        .with("repoTags", JsonArray.ofStrings(image.repoTags()))
        .with("configDigest", image.config().digest().toString())
        .with("config", image.config().json())
        .with("layers", new JsonArray(layers));
  }

  private static String text(ArchivedImage image) {
    StringBuilder out = new StringBuilder();
    JsonObject document = image.config().json();
    field(out, "Image", image.repoTags().isEmpty() ? "-" : String.join(" ", image.repoTags()));
    field(out, "Config", image.config().digest().toString());
    field(out, "Platform", plain(document.get("os")) + "/" + plain(document.get("architecture")));
    field(out, "Created", plain(document.get("created")));
    if (document.get("config") instanceof JsonObject config) {
      for (Map.Entry<String, JsonValue> member : config.members().entrySet()) {
        if (member.getValue() != JsonNull.NULL) {
          field(out, member.getKey(), plain(member.getValue()));
        }
      }
    }
    layers(out, image.layers());
    if (document.get("history") instanceof JsonArray history) {
      history(out, history);
    }
    return out.toString();
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append(String.format(Locale.ROOT, "%-13s %s%n", OneLine.of(name) + ":", OneLine.of(value)));
  }

  private static void layers(StringBuilder out, List<ArchivedLayer> layers) {
    long size = layers.stream().mapToLong(layer -> layer.layer().tar().size()).sum();
    field(out, "Layers", layers.size() + ", " + Bytes.of(size));
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

  private static void history(StringBuilder out, JsonArray history) {
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
