package dev.slipway.files;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file name, a path or the target of a symbolic link as the bytes that the kernel has, which need
 * not be valid UTF-8. Ordered by unsigned bytes, which for valid UTF-8 is the order of code points.
 *
 * <p>The JDK keeps the bytes of a {@link Path} but shows them only through its URI form; that
 * detour is taken just where a name is not plain ASCII.
 */
public final class RawName implements Comparable<RawName> {
  private final byte[] bytes;

  private RawName(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The name whose bytes are this text's in UTF-8. */
  public static RawName of(String text) {
    return new RawName(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The name with (a copy of) these bytes. */
  public static RawName ofBytes(byte[] bytes) {
    return new RawName(bytes.clone());
  }

  /** All of {@code path}, made absolute. */
  public static RawName path(Path path) {
    Path absolute = path.toAbsolutePath();
    String text = absolute.toString();
    if (isPlain(text)) {
      return new RawName(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    byte[] whole = uriBytes(absolute);
    int length = whole.length;
    if (length > 1 && whole[length - 1] == '/') {
      length--; // The URI of a directory ends in a slash.
    }
    return new RawName(Arrays.copyOf(whole, length));
  }

  /** The last component of {@code path}; empty for a root. */
  public static RawName fileName(Path path) {
    String text = path.toString();
    text = text.substring(text.lastIndexOf('/') + 1);
    if (isPlain(text)) {
      return new RawName(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    byte[] whole = uriBytes(path);
    int end = whole.length;
    if (end > 1 && whole[end - 1] == '/') {
      end--; // The URI of a directory ends in a slash.
    }
    int start = end;
    while (start > 0 && whole[start - 1] != '/') {
      start--;
    }
    return new RawName(Arrays.copyOfRange(whole, start, end));
  }

  /**
   * The target of the symbolic link {@code link}, byte for byte.
   *
   * @throws IOException if it cannot be read or is no symbolic link
   */
  public static RawName linkTarget(Path link) throws IOException {
    Path target = Files.readSymbolicLink(link);
    String text = target.toString();
    if (isPlain(text)) {
      return new RawName(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    byte[] whole = uriBytes(target);
    int start = 0;
    if (!target.isAbsolute()) {
      byte[] current = uriBytes(Path.of(""));
      start = current.length;
      if (start > 0 && current[start - 1] != '/') {
        start++;
      }
    }
    int end = whole.length;
    if (!text.endsWith("/") && end > start && whole[end - 1] == '/') {
      end--;
    }
    return new RawName(Arrays.copyOfRange(whole, start, end));
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }

  private static byte[] uriBytes(Path path) {
    String encoded = path.toUri().getRawPath();
    byte[] out = new byte[encoded.length()];
    int length = 0;
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        out[length++] = (byte) Integer.parseInt(encoded, i + 1, i + 3, 16);
        i += 2;
      } else {
        out[length++] = (byte) c;
      }
    }
    return Arrays.copyOf(out, length);
  }

  /**
   * The path of this name (which may hold slashes) below the absolute folder {@code directory}; an
   * absolute name stays as it is.
   */
  public Path resolveIn(Path directory) {
    String text = toString();
    if (isPlain(text)) {
      return directory.resolve(text);
    }
    StringBuilder encoded = new StringBuilder();
    if (bytes[0] != '/') {
      appendEncoded(encoded, uriBytes(directory.toAbsolutePath()));
      if (encoded.charAt(encoded.length() - 1) != '/') {
        encoded.append('/');
      }
    }
    appendEncoded(encoded, bytes);
    return Path.of(URI.create("file://" + encoded));
  }

  private static void appendEncoded(StringBuilder out, byte[] bytes) {
    for (byte b : bytes) {
      int c = b & 0xff;
      boolean plain =
          c == '/'
              || c == '-'
              || c == '.'
              || c == '_'
              || (c < 0x80 && Character.isLetterOrDigit(c));
      if (plain) {
        out.append((char) c);
      } else {
        out.append('%')
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      }
    }
  }

  /** The name of these bytes with those of {@code other} behind. */
  public RawName append(RawName other) {
    byte[] both = Arrays.copyOf(bytes, bytes.length + other.bytes.length);
    System.arraycopy(other.bytes, 0, both, bytes.length, other.bytes.length);
    return new RawName(both);
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /**
   * Copies the first bytes, as many as there are but at most {@code max}.
   *
   * @return how many were copied
   */
  public int copyTo(byte[] target, int at, int max) {
    int count = Math.min(bytes.length, max);
    System.arraycopy(bytes, 0, target, at, count);
    return count;
  }

  /** How many bytes there are. */
  public int length() {
    return bytes.length;
  }

  /** The byte at {@code index}, from 0 to 255. */
  public int at(int index) {
    return bytes[index] & 0xff;
  }

  /** Whether every byte is ASCII. */
  public boolean isAscii() {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(RawName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RawName name && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** The bytes read as UTF-8, with U+FFFD for what is not: for people, never to open a file by. */
  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
