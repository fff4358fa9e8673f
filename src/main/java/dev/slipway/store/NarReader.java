package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeSink;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reads a NAR from elsewhere. It takes only the one form that {@link NarWriter} writes, so that a
 * tree has one hash: names in byte order, each once, padding of zeros, nothing behind the end. No
 * name has a slash or is {@code .} or {@code ..}, and no path is longer than one of Linux.
 */
final class NarReader {
  /** NAME_MAX of Linux. */
  private static final int MOST_NAME = 255;

  /** PATH_MAX of Linux, less the zero at its end; of what is in the tree and of links' targets. */
  private static final int MOST_PATH = 4095;

  /** No word of the format is longer. */
  private static final int MOST_WORD = 16;

  private static final int BUFFER = 128 << 10;

  private static final byte[] DOTS = {'.', '.'};
  private static final RawName ROOT = RawName.of("");

  private final InputStream in;
  private final String name;
  private final long most;
  private final TreeSink sink;
  private final MessageDigest hash = Digest.sha256();
  private final byte[] bytes = new byte[BUFFER];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long total;
  private long nodes;

  /** A directory that has begun. */
  private static final class Level {
    private final int length;
    @Nullable RawName last;

    /** Its path, as the tree's root sees it, has {@code length} bytes. */
    Level(int length) {
      this.length = length;
    }

    /** How many bytes the path of this entry has. */
    int length(RawName entry) {
      return (length == 0 ? 0 : length + 1) + entry.length();
    }
  }

  private NarReader(InputStream in, String name, long most, TreeSink sink) {
    this.in = in;
    this.name = name;
    this.most = most;
    this.sink = sink;
  }

  /**
   * What was read.
   *
   * @param nar what identifies it
   * @param nodes how many files, directories and links it holds
   */
  record Found(NarHash nar, long nodes) {}

  /**
   * Reads the tree that {@code in} holds, which ends with it.
   *
   * @param name what the NAR is called in messages
   * @param most how many bytes it may have
   * @param sink takes the tree while it is read
   * @throws ImageException if it is malformed or too long; some of it was taken then
   * @throws IOException if it cannot be read or taken; the same
   */
  static Found read(InputStream in, String name, long most, TreeSink sink) throws IOException {
    NarReader reader = new NarReader(in, name, most, sink);
    reader.expect("nix-archive-1");
    reader.tree();
    if (reader.fill()) {
      throw reader.malformed("there is more behind its end");
    }
    return new Found(new NarHash(Digest.ofBytes(reader.hash.digest()), reader.total), reader.nodes);
  }

  /**
   * The tree. A NAR may have more directories within each other than a thread has room for calls.
   */
  private void tree() throws IOException {
    Deque<Level> levels = new ArrayDeque<>();
    if (node(ROOT)) {
      levels.push(new Level(0));
    }
    while (!levels.isEmpty()) {
      Level level = levels.element();
      String word = word();
      switch (word) {
        case "entry" -> {
          expect("(");
          expect("name");
          RawName entry = entryName(level);
          expect("node");
          if (node(entry)) {
            levels.push(new Level(level.length(entry)));
          } else {
            expect(")");
          }
        }
        case ")" -> {
          sink.endDirectory();
          levels.pop();
          if (!levels.isEmpty()) {
            expect(")");
          }
        }
        default -> throw malformed("expected an entry, found '" + shown(word) + "'");
      }
    }
  }

  /** Whether it is a directory, which has only begun then. */
  private boolean node(RawName to) throws IOException {
    nodes++;
    expect("(");
    expect("type");
    String type = word();
    switch (type) {
      case "regular" -> regular(to);
      case "symlink" -> symlink(to);
      case "directory" -> sink.directory(to);
      default -> throw malformed("expected a type of file, found '" + shown(type) + "'");
    }
    return type.equals("directory");
  }

  private void regular(RawName to) throws IOException {
    String word = word();
    boolean executable = word.equals("executable");
    if (executable) {
      expect("");
      word = word();
    }
    if (word.equals("contents")) {
      long length = number();
      if (length < 0 || length > most) {
        throw malformed("a file of " + Long.toUnsignedString(length) + " bytes");
      }
      sink.file(to, executable, length, out -> contents(length, out));
      padding(length);
      expect(")");
    } else {
      throw malformed("expected contents, found '" + shown(word) + "'");
    }
  }

  private void contents(long length, WritableByteChannel out) throws IOException {
    long left = length;
    while (left > 0) {
      need();
      int part = (int) Math.min(left, buffer.remaining());
      ByteBuffer piece = buffer.slice(buffer.position(), part);
      while (piece.hasRemaining()) {
        out.write(piece);
      }
      buffer.position(buffer.position() + part);
      left -= part;
    }
  }

  private void symlink(RawName to) throws IOException {
    expect("target");
    byte[] target = string(MOST_PATH, "the target of a symbolic link");
    if (target.length == 0 || indexOf(target, 0) >= 0) {
      throw malformed("a symbolic link to what cannot be a target");
    }
    expect(")");
    sink.symlink(to, RawName.ofBytes(target));
  }

  private RawName entryName(Level level) throws IOException {
    byte[] text = string(MOST_NAME, "a file's name");
    boolean dots = text.length <= 2 && Arrays.equals(text, Arrays.copyOf(DOTS, text.length));
    if (dots || indexOf(text, '/') >= 0 || indexOf(text, 0) >= 0) {
      throw malformed("'" + shown(text) + "' is not a file name");
    }
    RawName entry = RawName.ofBytes(text);
    if (level.last != null && level.last.compareTo(entry) >= 0) {
      throw malformed("'" + shown(text) + "' is not in the order of names");
    }
    if (level.length(entry) > MOST_PATH) {
      throw malformed("a path of more than " + MOST_PATH + " bytes");
    }
    level.last = entry;
    return entry;
  }

  private static int indexOf(byte[] text, int value) {
    for (int i = 0; i < text.length; i++) {
      if (text[i] == value) {
        return i;
      }
    }
    return -1;
  }

  private void expect(String word) throws IOException {
    String found = word();
    if (!found.equals(word)) {
      throw malformed("expected '" + word + "', found '" + shown(found) + "'");
    }
  }

  private String word() throws IOException {
    return new String(string(MOST_WORD, "a word"), StandardCharsets.ISO_8859_1);
  }

  private byte[] string(int longest, String what) throws IOException {
    long length = number();
    if (length < 0 || length > longest) {
      throw malformed(what + " of " + Long.toUnsignedString(length) + " bytes");
    }
    byte[] text = new byte[(int) length];
    for (int at = 0; at < text.length; ) {
      need();
      int part = Math.min(text.length - at, buffer.remaining());
      buffer.get(text, at, part);
      at += part;
    }
    padding(length);
    return text;
  }

  private long number() throws IOException {
    if (buffer.remaining() >= Long.BYTES) {
      return buffer.getLong();
    }
    long number = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      need();
      number |= (buffer.get() & 0xffL) << (8 * i);
    }
    return number;
  }

  private void padding(long length) throws IOException {
    for (int left = (int) (-length & 7); left > 0; left--) {
      need();
      if (buffer.get() != 0) {
        throw malformed("padding that is not zero");
      }
    }
  }

  private void need() throws IOException {
    if (!buffer.hasRemaining() && !fill()) {
      throw malformed("it ends in the middle, after " + total + " bytes");
    }
  }

  /** Whether there is something in the buffer now. */
  private boolean fill() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    if (Thread.interrupted()) {
      throw new InterruptedIOException(name + ": unpacking was stopped");
    }
    int count = in.readNBytes(bytes, 0, bytes.length);
    hash.update(bytes, 0, count);
    buffer.position(0).limit(count);
    total += count;
    if (total > most) {
      throw new ImageException(
          "%s: it is longer than the %d bytes that were said of it".formatted(name, most));
    }
    return count > 0;
  }

  private ImageException malformed(String fault) {
    return new ImageException(name + ": it is no proper NAR: " + fault);
  }

  private static String shown(byte[] text) {
    return shown(new String(text, StandardCharsets.UTF_8));
  }

  private static String shown(String text) {
    return text.codePoints()
        .map(c -> Character.isISOControl(c) ? '?' : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
