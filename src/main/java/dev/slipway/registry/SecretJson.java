package dev.slipway.registry;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Documents that hold secrets: what is wrong with one is told without a word of it. */
final class SecretJson {
  private static final Pattern PLACE = Pattern.compile("(?::[0-9]+){1,2}(?=: )");

  private SecretJson() {}

  /**
   * The one value that {@code document} holds.
   *
   * @param what names the document in errors
   * @throws ImageException if it is not JSON within the limits for documents from elsewhere
   */
  static JsonValue parse(byte[] document, String what) throws ImageException {
    try {
      return Json.parse(document, what, JsonLimits.FOREIGN);
    } catch (ImageException e) {
      String reason = String.valueOf(e.getMessage());
      Matcher place =
          PLACE.matcher(reason).region(Math.min(what.length(), reason.length()), reason.length());
      // Neither the reason nor the cause: both quote the document.
      throw new ImageException(what + (place.lookingAt() ? place.group() : "") + ": not JSON");
    }
  }
}
