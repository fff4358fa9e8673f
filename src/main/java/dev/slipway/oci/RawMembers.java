package dev.slipway.oci;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Members of a JSON object with the bytes that their values are written in, as Go's {@code
 * json.RawMessage} carries them over from one document to another: numbers and escapes stay as they
 * are, spaces between values go, and signs that HTML gives a meaning are escaped.
 */
public final class RawMembers {
  private static final String HEX = "0123456789abcdef";

  private final byte[] document;
  private int at;

  private RawMembers(byte[] document) {
    this.document = document;
  }

  /**
   * The members of the object that {@code document} holds, their values made compact. Of members
   * with one name the last counts.
   *
   * @throws ImageException if it holds no object
   */
  public static SequencedMap<String, byte[]> compact(byte[] document) throws ImageException {
    JsonValue checked = Json.parse(document, "document", JsonLimits.FOREIGN);
    if (!(checked instanceof JsonObject)) {
      throw new ImageException("expected an object, found " + checked.kind());
    }
    return new RawMembers(document).members();
  }

  /** The object that has these members, in their order. */
  public static byte[] join(Map<String, byte[]> members) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write('{');
    Iterator<Map.Entry<String, byte[]>> each = members.entrySet().iterator();
    while (each.hasNext()) {
      Map.Entry<String, byte[]> member = each.next();
      out.writeBytes(CompactJson.write(new JsonString(member.getKey())));
      out.write(':');
      out.writeBytes(member.getValue());
      if (each.hasNext()) {
        out.write(',');
      }
    }
    out.write('}');
    return out.toByteArray();
  }

  /** What follows relies on the document being JSON, as it has been seen to be. */
  private SequencedMap<String, byte[]> members() throws ImageException {
    SequencedMap<String, byte[]> members = new LinkedHashMap<>();
    pass('{');
    while (next() != '}') {
      String key = key();
      pass(':');
      members.put(key, value());
      if (next() == ',') {
        at++;
      }
    }
    return members;
  }

  /** The next byte that is no space, which is not passed. */
  private byte next() {
    while (document[at] <= ' ' && document[at] >= 0) {
      at++;
    }
    return document[at];
  }

  private void pass(char sign) {
    if (next() != sign) {
      throw new IllegalStateException("expected " + sign + " at byte " + at);
    }
    at++;
  }

  private String key() throws ImageException {
    next();
    int start = at;
    string();
    byte[] quoted = Arrays.copyOfRange(document, start, at);
    return Json.parse(quoted, "name", JsonLimits.FOREIGN) instanceof JsonString(String text)
        ? text
        : new String(quoted, StandardCharsets.UTF_8);
  }

  /** Passes a string. */
  private void string() {
    for (at++; document[at] != '"'; at++) {
      if (document[at] == '\\') {
        at++;
      }
    }
    at++;
  }

  private byte[] value() {
    next();
    int start = at;
    int depth = 0;
    while (true) {
      switch (document[at]) {
        case '"' -> string();
        case '{', '[' -> {
          depth++;
          at++;
        }
        case '}', ']' -> {
          if (depth == 0) {
            return compacted(start, at);
          }
          depth--;
          at++;
        }
        case ',' -> {
          if (depth == 0) {
            return compacted(start, at);
          }
          at++;
        }
        default -> at++;
      }
    }
  }

  private byte[] compacted(int start, int end) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(end - start);
    boolean inString = false;
    for (int i = start; i < end; i++) {
      byte b = document[i];
      if (!inString && b <= ' ' && b >= 0) {
        continue;
      }
      if (b == '"') {
        inString = !inString;
      }
      if (b == '<' || b == '>' || b == '&') {
        escape(out, b);
      } else if (isLineSeparator(i, end)) {
        escape(out, 0x2000 + (document[i + 2] & 0x3f));
        i += 2;
      } else {
        out.write(b);
        if (b == '\\') {
          i++;
          out.write(document[i]);
        }
      }
    }
    return out.toByteArray();
  }

  /** Whether U+2028 or U+2029 is here, which JavaScript takes for the end of a line. */
  private boolean isLineSeparator(int i, int end) {
    return i + 2 < end
        && document[i] == (byte) 0xe2
        && document[i + 1] == (byte) 0x80
        && (document[i + 2] & 0xfe) == 0xa8;
  }

  private static void escape(ByteArrayOutputStream out, int point) {
    out.writeBytes(new byte[] {'\\', 'u'});
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.write(HEX.charAt((point >> shift) & 15));
    }
  }
}
