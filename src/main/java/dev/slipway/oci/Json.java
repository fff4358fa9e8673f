package dev.slipway.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * Reads JSON. How it is written differs by the program whose bytes are wanted: {@link PythonJson}.
 */
public final class Json {
  private Json() {}

  /**
   * The one value that {@code document} holds. Of members with one name the last counts, in the
   * place of the first.
   *
   * @param what names the document in errors
   * @throws ImageException if it is not JSON, holds more than one value or exceeds the limits
   */
  public static JsonValue parse(byte[] document, String what, JsonLimits limits)
      throws ImageException {
    if (document.length > limits.maxBytes()) {
      throw tooLarge(what, limits);
    }
    if (!isUtf8(document)) {
      throw new ImageException(what + ":1:1: not JSON: expected UTF-8, without a byte order mark");
    }
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.maxDepth())
            .maxTokenCount(limits.maxTokens())
            .maxStringLength(Integer.MAX_VALUE)
            .maxNameLength(Integer.MAX_VALUE)
            .maxNumberLength(10_000)
            .build();
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(constraints)
            .enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();
    try (JsonParser parser = factory.createParser(document)) {
      if (parser.nextToken() == null) {
        throw new ImageException(what + ": expected JSON, found nothing");
      }
      JsonValue value = value(parser);
      if (parser.nextToken() != null) {
        throw new ImageException(
            what
                + ":"
                + parser.currentTokenLocation().getLineNr()
                + ": expected nothing after the JSON value");
      }
      return value;
    } catch (StreamConstraintsException e) {
      String message = e.getOriginalMessage().replaceAll(", from `[^`]*`", "");
      throw new ImageException(what + ": " + message, e);
    } catch (StreamReadException e) {
      String where = what + ":" + e.getLocation().getLineNr() + ":" + e.getLocation().getColumnNr();
      throw new ImageException(where + ": not JSON: " + reason(e.getOriginalMessage()), e);
    } catch (ImageException e) {
      throw e;
    } catch (IOException e) {
      throw new ImageException(what + ": not JSON: " + reason(String.valueOf(e.getMessage())), e);
    }
  }

  /**
   * The one value that {@code in} holds up to its end.
   *
   * @param what names the document in errors
   * @throws ImageException as {@link #parse(byte[], String, JsonLimits)} does
   * @throws IOException if it cannot be read
   */
  public static JsonValue parse(InputStream in, String what, JsonLimits limits) throws IOException {
    byte[] document = in.readNBytes(limits.maxBytes());
    if (document.length == limits.maxBytes() && in.read() >= 0) {
      throw tooLarge(what, limits);
    }
    return parse(document, what, limits);
  }

  /**
   * Whether a parser that guesses would take it for UTF-8 (RFC 8259, section 8.1): JSON begins with
   * ASCII, and has no NUL.
   */
  private static boolean isUtf8(byte[] document) {
    for (int i = 0; i < Math.min(document.length, 4); i++) {
      if (document[i] == 0) {
        return false;
      }
    }
    return document.length == 0 || document[0] >= 0;
  }

  private static ImageException tooLarge(String what, JsonLimits limits) {
    return new ImageException(
        what + ": larger than the " + limits.maxBytes() + " bytes that are allowed");
  }

  /** What {@code message} of the parser says to those who wrote the document. */
  public static String reason(String message) {
    String line = message.lines().findFirst().orElse("");
    return line.replaceAll(" \\(start marker at .*|: enable `.*", "");
  }

  private static JsonValue value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> new JsonString(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new JsonNumber(parser.getText());
      case VALUE_TRUE -> new JsonBoolean(true);
      case VALUE_FALSE -> new JsonBoolean(false);
      case VALUE_NULL -> JsonNull.NULL;
      default -> throw new IllegalStateException("no value starts with " + parser.currentToken());
    };
  }

  private static JsonObject object(JsonParser parser) throws IOException {
    SequencedMap<String, JsonValue> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      parser.nextToken();
      members.put(key, value(parser));
    }
    return new JsonObject(members);
  }

  private static JsonArray array(JsonParser parser) throws IOException {
    List<JsonValue> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser));
    }
    return new JsonArray(elements);
  }
}
