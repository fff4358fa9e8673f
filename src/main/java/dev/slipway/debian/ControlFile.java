package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Paragraphs of fields (deb822(5)), read one after the other. */
final class ControlFile {
  private static final int MOST_CHARACTERS = 1 << 20;

  private ControlFile() {}

  /** Takes a paragraph. */
  @FunctionalInterface
  interface Paragraph {
    void take(Map<String, String> fields) throws IOException;
  }

  /**
   * Reads all of {@code in}.
   *
   * @param wanted the fields that are wanted; others are passed over
   * @param what names it in errors
   */
  static void read(InputStream in, Set<String> wanted, String what, Paragraph paragraph)
      throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    Map<String, String> fields = new HashMap<>();
    String last = "";
    String line;
    while ((line = lines.readLine()) != null) {
      if (line.isBlank()) {
        if (!fields.isEmpty()) {
          paragraph.take(fields);
          fields = new HashMap<>();
        }
        last = "";
      } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
        String before = fields.get(last);
        if (before != null) {
          if (before.length() + line.length() > MOST_CHARACTERS) {
            throw new ImageException(what + ": the field " + last + " is too long");
          }
          fields.put(last, before + "\n" + line.strip());
        }
      } else {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new ImageException(what + ": expected a field, found '" + line + "'");
        }
        last = line.substring(0, colon);
        if (wanted.contains(last)) {
          fields.put(last, line.substring(colon + 1).strip());
        }
      }
    }
    if (!fields.isEmpty()) {
      paragraph.take(fields);
    }
  }
}
