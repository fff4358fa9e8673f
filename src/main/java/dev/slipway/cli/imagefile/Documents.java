package dev.slipway.cli.imagefile;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads a document that is YAML or JSON. Every JSON text is YAML 1.2 in theory; in practice YAML
 * readers stumble over tabs and escaped surrogates, so that JSON has a reader of its own.
 */
final class Documents {
  /** How many bytes a document may have, also once its aliases are expanded. */
  static final int MAX_SIZE = 32 << 20;

  /** How deep lists and mappings may be nested. */
  static final int MAX_DEPTH = 512;

  /** How many digits a number may have. */
  static final int MAX_NUMBER_LENGTH = 10_000;

  private Documents() {}

  /**
   * The one value that a document holds. It is read as JSON if the file's name ends in {@code
   * .json}, or if it starts like JSON and is JSON.
   *
   * @param name the file's name, for positions
   */
  static Node read(byte[] content, String name) throws ImageFileException {
    if (content.length > MAX_SIZE) {
      throw new ImageFileException(Position.of(name), "larger than 32 MiB");
    }
    String text = decode(content, name);
    if (name.endsWith(".json")) {
      return JsonReader.read(text, name);
    }
    if (startsLikeJson(text)) {
      try {
        return JsonReader.read(text, name);
      } catch (ImageFileException _) {
        // A flow mapping of YAML starts just so.
      }
    }
    return YamlReader.read(text, name);
  }

  private static boolean startsLikeJson(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
        return c == '{' || c == '[';
      }
    }
    return false;
  }

  private static String decode(byte[] content, String name) throws ImageFileException {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(content);
    CharBuffer out = CharBuffer.allocate(content.length);
    CoderResult result = decoder.decode(in, out, true);
    out.flip();
    if (result.isError()) {
      throw new ImageFileException(
          endOf(out, name), String.format("byte 0x%02x is not UTF-8", in.get(in.position())));
    }
    if (out.hasRemaining() && out.charAt(0) == '\ufeff') {
      out.get();
    }
    return out.toString();
  }

  /** The position that follows {@code text}. */
  static Position endOf(CharSequence text, String name) {
    int line = 1;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\n') {
        line++;
        start = i + 1;
      }
    }
    int column = Character.codePointCount(text, start, text.length()) + 1;
    return new Position(name, line, column);
  }

  /** Refuses half a surrogate pair, which no UTF-8 can hold. */
  static String whole(String text, Position at) throws ImageFileException {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw new ImageFileException(
            at, String.format("the string holds \\u%04x, half of a surrogate pair", (int) c));
      }
    }
    return text;
  }

  static ImageFileException tooDeep(Position at) {
    return new ImageFileException(at, "nested deeper than " + MAX_DEPTH + " levels");
  }

  static ImageFileException twice(Position at, String key, Position first) {
    return new ImageFileException(
        at, "the key '" + key + "' stands here again, first in line " + first.line());
  }
}
