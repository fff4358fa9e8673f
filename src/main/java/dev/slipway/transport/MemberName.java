package dev.slipway.transport;

import dev.slipway.files.RawName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Names in an archive as places in it: {@code ./a//b/} is {@code a/b}. */
final class MemberName {
  private MemberName() {}

  /**
   * The plain form of {@code name}, empty for the top; null if it is absolute or leaves the
   * archive.
   */
  static @Nullable RawName of(RawName name) {
    return resolve(List.of(), name);
  }

  /**
   * The place that a symbolic link at the place {@code link} points to; null if that is outside.
   */
  static @Nullable RawName target(RawName link, RawName target) {
    List<String> parts = split(link);
    return resolve(parts.subList(0, Math.max(0, parts.size() - 1)), target);
  }

  private static @Nullable RawName resolve(List<String> folder, RawName name) {
    if (name.length() > 0 && name.at(0) == '/') {
      return null;
    }
    List<String> parts = new ArrayList<>(folder);
    for (String part : split(name)) {
      if (!part.equals("..")) {
        parts.add(part);
      } else if (parts.isEmpty()) {
        return null;
      } else {
        parts.removeLast();
      }
    }
    return join(parts);
  }

  /** The name that these components, one character a byte, make. */
  static RawName join(List<String> parts) {
    return RawName.ofBytes(String.join("/", parts).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Whether a component of {@code name} is {@code ..}. */
  static boolean climbs(RawName name) {
    return split(name).contains("..");
  }

  /** The components, one character a byte, without empty ones and {@code .}. */
  static List<String> split(RawName name) {
    String text = new String(name.toBytes(), StandardCharsets.ISO_8859_1);
    List<String> parts = new ArrayList<>();
    int start = 0;
    while (start <= text.length()) {
      int slash = text.indexOf('/', start);
      int end = slash < 0 ? text.length() : slash;
      String part = text.substring(start, end);
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
      start = end + 1;
    }
    return parts;
  }
}
