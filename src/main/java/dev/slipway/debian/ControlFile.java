package dev.slipway.debian;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Paragraphs of fields (deb822(5)), read one after the other. */
final class ControlFile {
  private static final int MOST_BYTES = 1 << 20;

  private final InputStream in;
  private final String what;
  private byte[] buffer = new byte[1 << 16];
  private int start;
  private int end;

  private ControlFile(InputStream in, String what) {
    this.in = in;
    this.what = what;
  }

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
   * @throws ImageException if it is not made of fields, or one of them is larger than 1 MiB
   */
  static void read(InputStream in, Set<String> wanted, String what, Paragraph paragraph)
      throws IOException {
    new ControlFile(in, what).read(wanted, paragraph);
  }

  private void read(Set<String> wanted, Paragraph paragraph) throws IOException {
    Map<String, StringBuilder> fields = new HashMap<>();
    String last = "";
    String line;
    while ((line = line()) != null) {
      if (line.isBlank()) {
        give(fields, paragraph);
        fields.clear();
        last = "";
      } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
        StringBuilder before = fields.get(last);
        if (before != null) {
          if (before.length() + line.length() > MOST_BYTES) {
            throw new ImageException(what + ": the field " + last + " is too long");
          }
          before.append('\n').append(line.strip());
        }
      } else {
        int colon = line.indexOf(':');
        if (colon < 1) {
          throw new ImageException(what + ": expected a field, found '" + shown(line) + "'");
        }
        last = line.substring(0, colon);
        if (wanted.contains(last)) {
          fields.put(last, new StringBuilder(line.substring(colon + 1).strip()));
        }
      }
    }
    give(fields, paragraph);
  }

  private static void give(Map<String, StringBuilder> fields, Paragraph paragraph)
      throws IOException {
    if (!fields.isEmpty()) {
      Map<String, String> texts = HashMap.newHashMap(fields.size());
      fields.forEach((name, text) -> texts.put(name, text.toString()));
      paragraph.take(texts);
    }
  }

  private static String shown(String line) {
    String text = line.length() > 80 ? line.substring(0, 80) + "…" : line;
    return text.replaceAll("\\p{Cntrl}", "?");
  }

  /** The next line without what ends it; null if there is none. */
  private @Nullable String line() throws IOException {
    int searched = start;
    while (true) {
      for (int i = searched; i < end; i++) {
        if (buffer[i] == '\n') {
          String line = text(i);
          start = i + 1;
          return line;
        }
      }
      searched = end - start;
      if (!fill()) {
        String line = start == end ? null : text(end);
        start = end;
        return line;
      }
    }
  }

  private String text(int to) {
    return new String(buffer, start, to - start, StandardCharsets.UTF_8);
  }

  /** Moves what is left to the beginning, and reads more behind it. */
  private boolean fill() throws IOException {
    System.arraycopy(buffer, start, buffer, 0, end - start);
    end -= start;
    start = 0;
    if (end == buffer.length) {
      if (end >= MOST_BYTES) {
        throw new ImageException(what + ": a line is longer than " + MOST_BYTES + " bytes");
      }
      buffer = Arrays.copyOf(buffer, 2 * end);
    }
    int count = in.read(buffer, end, buffer.length - end);
    if (count <= 0) {
      return false;
    }
    end += count;
    return true;
  }
}
