package dev.slipway.registry;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import java.util.ArrayList;
import java.util.List;

/**
 * What a registry says of a fault (OCI distribution specification, "Error codes").
 *
 * @param code which kind it is
 * @param message more of it, for people; may be empty
 */
public record RegistryError(String code, String message) {
  /** What fits a line; registries send whole pages. */
  private static final int MOST_CHARACTERS = 300;

  private static final int MOST_ERRORS = 3;

  /** The errors that a body tells of; none if it has another form. */
  static List<RegistryError> parse(byte[] body) {
    List<RegistryError> errors = new ArrayList<>();
    try {
      JsonValue json = Json.parse(body, "errors", JsonLimits.FOREIGN);
      if (json instanceof JsonObject object) {
        if (object.get("errors") instanceof JsonArray list) {
          list.elements().stream().limit(MOST_ERRORS).forEach(error -> add(error, errors));
        } else {
          // Servers of tokens say it in their own words (RFC 6749, section 5.2).
          String code = text(object, "error");
          String message = text(object, "error_description") + text(object, "details");
          if (!code.isEmpty() || !message.isEmpty()) {
            errors.add(new RegistryError(code, message));
          }
        }
      }
    } catch (ImageException _) {
      return List.of(); // A page for browsers, most likely.
    }
    return errors;
  }

  private static void add(JsonValue error, List<RegistryError> errors) {
    if (error instanceof JsonObject object) {
      errors.add(new RegistryError(text(object, "code"), text(object, "message")));
    }
  }

  private static String text(JsonObject object, String key) {
    String text = object.get(key) instanceof JsonString string ? string.value() : "";
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text;
  }

  @Override
  public String toString() {
    return message.isEmpty() ? code : code.isEmpty() ? message : message + " (" + code + ")";
  }
}
