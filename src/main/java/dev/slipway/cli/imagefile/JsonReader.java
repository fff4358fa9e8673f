package dev.slipway.cli.imagefile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamReadException;
import dev.slipway.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** JSON (RFC 8259) with positions. */
final class JsonReader {
  private final JsonParser parser;
  private final String name;

  private JsonReader(JsonParser parser, String name) {
    this.parser = parser;
    this.name = name;
  }

  static Node read(String text, String name) throws ImageFileException {
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(Documents.MAX_DEPTH + 1)
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .maxNumberLength(Documents.MAX_NUMBER_LENGTH)
            .build();
    JsonFactory factory = JsonFactory.builder().streamReadConstraints(constraints).build();
    try (JsonParser parser = factory.createParser(text)) {
      return new JsonReader(parser, name).document();
    } catch (StreamReadException e) {
      throw new ImageFileException(
          position(e.getLocation(), name), "not JSON: " + Json.reason(e.getOriginalMessage()), e);
    } catch (ImageFileException e) {
      throw e;
    } catch (IOException e) {
      String reason = Json.reason(String.valueOf(e.getMessage()));
      throw new ImageFileException(Position.of(name), "not JSON: " + reason, e);
    }
  }

  private static Position position(JsonLocation location, String name) {
    return new Position(name, location.getLineNr(), location.getColumnNr());
  }

  private Position here() {
    return position(parser.currentTokenLocation(), name);
  }

  private Node document() throws IOException {
    if (parser.nextToken() == null) {
      throw new ImageFileException(Position.of(name), "not JSON: the file is empty");
    }
    Node value = value(1);
    if (parser.nextToken() != null) {
      throw new ImageFileException(here(), "expected the end of the file after its one value");
    }
    return value;
  }

  private Node value(int depth) throws IOException {
    Position at = here();
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(at, depth);
      case START_ARRAY -> sequence(at, depth);
      case VALUE_STRING -> new Node.Text(at, Documents.whole(parser.getText(), at));
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Node.Numeral(at, parser.getText());
      case VALUE_TRUE -> new Node.Bool(at, true);
      case VALUE_FALSE -> new Node.Bool(at, false);
      case VALUE_NULL -> new Node.Null(at);
      default -> throw new IllegalStateException("no value starts with " + parser.currentToken());
    };
  }

  private Node mapping(Position at, int depth) throws IOException {
    refuseDepth(at, depth);
    SequencedMap<String, Node.Member> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Position keyAt = here();
      String key = Documents.whole(parser.currentName(), keyAt);
      parser.nextToken();
      Node.Member earlier = members.putIfAbsent(key, new Node.Member(keyAt, value(depth + 1)));
      if (earlier != null) {
        throw Documents.twice(keyAt, key, earlier.keyAt());
      }
    }
    return new Node.Mapping(at, Collections.unmodifiableSequencedMap(members));
  }

  private Node sequence(Position at, int depth) throws IOException {
    refuseDepth(at, depth);
    List<Node> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(depth + 1));
    }
    return new Node.Sequence(at, Collections.unmodifiableList(items));
  }

  private static void refuseDepth(Position at, int depth) throws ImageFileException {
    if (depth > Documents.MAX_DEPTH) {
      throw Documents.tooDeep(at);
    }
  }
}
