package dev.slipway.cli.imagefile;

import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonBoolean;
import dev.slipway.oci.JsonNull;
import dev.slipway.oci.JsonNumber;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A value that is handed on as JSON, whose strings and keys are {@link Template}s. */
public final class JsonTemplate {
  private final Node node;
  private final List<Reference> references = new ArrayList<>();

  /** Checks every string in {@code node}. */
  JsonTemplate(Node node) throws ImageFileException {
    this.node = node;
    collect(node);
  }

  private void collect(Node value) throws ImageFileException {
    switch (value) {
      case Node.Mapping mapping -> {
        for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
          references.addAll(
              Template.parse(member.getValue().keyAt(), member.getKey()).references());
          collect(member.getValue().value());
        }
      }
      case Node.Sequence sequence -> {
        for (Node item : sequence.items()) {
          collect(item);
        }
      }
      case Node.Text text ->
          references.addAll(Template.parse(text.at(), text.value()).references());
      default -> {}
    }
  }

  /** Where it starts. */
  public Position at() {
    return node.at();
  }

  /** What it refers to, in order. */
  public List<Reference> references() {
    return List.copyOf(references);
  }

  /**
   * The value that it stands for.
   *
   * @throws IOException if {@code resolver} throws it
   */
  public JsonValue render(Template.Resolver resolver) throws IOException {
    return render(node, resolver);
  }

  private static JsonValue render(Node value, Template.Resolver resolver) throws IOException {
    return switch (value) {
      case Node.Mapping mapping -> object(mapping, resolver);
      case Node.Sequence sequence -> {
        List<JsonValue> elements = new ArrayList<>();
        for (Node item : sequence.items()) {
          elements.add(render(item, resolver));
        }
        yield new JsonArray(elements);
      }
      case Node.Text text ->
          new JsonString(Template.parse(text.at(), text.value()).render(resolver));
      case Node.Numeral number -> new JsonNumber(number.literal());
      case Node.Bool bool -> new JsonBoolean(bool.value());
      case Node.Null _ -> JsonNull.NULL;
    };
  }

  private static JsonObject object(Node.Mapping mapping, Template.Resolver resolver)
      throws IOException {
    SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
    for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
      Position keyAt = member.getValue().keyAt();
      String key = Template.parse(keyAt, member.getKey()).render(resolver);
      if (members.put(key, render(member.getValue().value(), resolver)) != null) {
        throw new ImageFileException(keyAt, "two keys are '" + key + "' once they are filled in");
      }
    }
    return new JsonObject(members);
  }
}
