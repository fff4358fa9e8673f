package dev.slipway.peers;

import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.PythonJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** A JSON value that somebody printed, and the way to what is of interest in it. */
record Document(JsonValue value) {
  static Document parse(String text) throws IOException {
    return new Document(
        Json.parse(text.getBytes(StandardCharsets.UTF_8), "document", JsonLimits.FOREIGN));
  }

  /** The member of that name. */
  Document at(String key) {
    if (value instanceof JsonObject object) {
      JsonValue member = object.get(key);
      if (member != null) {
        return new Document(member);
      }
    }
    throw new AssertionError("no '" + key + "' in " + this);
  }

  /** The names of the members. */
  Set<String> keys() {
    if (value instanceof JsonObject object) {
      return object.members().keySet();
    }
    throw new AssertionError("no object: " + this);
  }

  /** The element at that place, counted from 0. */
  Document at(int index) {
    return elements().get(index);
  }

  List<Document> elements() {
    if (value instanceof JsonArray array) {
      return array.elements().stream().map(Document::new).toList();
    }
    throw new AssertionError("no list: " + this);
  }

  String text() {
    if (value instanceof JsonString string) {
      return string.value();
    }
    throw new AssertionError("no string: " + this);
  }

  List<String> texts() {
    return elements().stream().map(Document::text).toList();
  }

  /** The string that is the member {@code key} of each element. */
  List<String> texts(String key) {
    return elements().stream().map(element -> element.at(key).text()).toList();
  }

  @Override
  public String toString() {
    return new String(PythonJson.write(value), StandardCharsets.US_ASCII);
  }
}
