package dev.slipway.store;

import dev.slipway.files.RawName;
import dev.slipway.files.os.SystemCalls;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a NAR from elsewhere and makes its tree on disk, with the modes and times that objects in a
 * store have. It takes only the one form that {@link NarWriter} writes, so that a tree has one
 * hash: names in byte order, each once, padding of zeros, nothing behind the end. No name has a
 * slash or is {@code .} or {@code ..}, and nothing is made through what the NAR itself has made, so
 * nothing outside of the destination is ever touched.
 */
final class NarReader {
  /** NAME_MAX of Linux. */
  private static final int MOST_NAME = 255;

  /** PATH_MAX of Linux, less the zero at its end. */
  private static final int MOST_TARGET = 4095;

  /** As many directories within each other as a path of Linux can name. */
  private static final int MOST_DEPTH = 2048;

  /** No word of the format is longer. */
  private static final int MOST_WORD = 16;

  private static final int BUFFER = 128 << 10;

  private static final byte[] DOTS = {'.', '.'};

  private final InputStream in;
  private final String name;
  private final long most;
  private final MessageDigest hash = Digest.sha256();
  private final byte[] bytes = new byte[BUFFER];
  private final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private long total;

  private NarReader(InputStream in, String name, long most) {
    this.in = in;
    this.name = name;
    this.most = most;
  }

  /**
   * Makes the tree that {@code in} holds, which ends with it, at {@code destination}, where nothing
   * may be.
   *
   * @param name what the NAR is called in messages
   * @param most how many bytes it may have
   * @return what was read
   * @throws ImageException if it is malformed or too long; something is left at {@code destination}
   *     then
   * @throws IOException if it cannot be read, or the tree not be made; the same
   */
  static NarHash unpack(InputStream in, String name, long most, Path destination)
      throws IOException {
    NarReader reader = new NarReader(in, name, most);
    reader.expect("nix-archive-1");
    reader.node(destination, 0);
    if (reader.fill()) {
      throw reader.malformed("there is more behind its end");
    }
    return new NarHash(Digest.ofBytes(reader.hash.digest()), reader.total);
  }

  private void node(Path to, int depth) throws IOException {
    expect("(");
    expect("type");
    String type = word();
    switch (type) {
      case "regular" -> regular(to);
      case "symlink" -> symlink(to);
      case "directory" -> directory(to, depth);
      default -> throw malformed("expected a type of file, found '" + shown(type) + "'");
    }
  }

  private void regular(Path to) throws IOException {
    String word = word();
    boolean executable = word.equals("executable");
    if (executable) {
      expect("");
      word = word();
    }
    if (word.equals("contents")) {
      contents(to);
      expect(")");
    } else {
      throw malformed("expected contents, found '" + shown(word) + "'");
    }
    NarWriter.canonicaliseFile(to, executable);
  }

  private void contents(Path to) throws IOException {
    long length = number();
    if (length < 0 || length > most) {
      throw malformed("a file of " + Long.toUnsignedString(length) + " bytes");
    }
    try (FileChannel out =
        FileChannel.open(to, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      long left = length;
      while (left > 0) {
        need();
        int part = (int) Math.min(left, buffer.remaining());
        ByteBuffer piece = buffer.slice(buffer.position(), part);
        while (piece.hasRemaining()) {
          write(out, piece, to);
        }
        buffer.position(buffer.position() + part);
        left -= part;
      }
    }
    padding(length);
  }

  private static void write(FileChannel out, ByteBuffer piece, Path to) throws IOException {
    try {
      out.write(piece);
    } catch (IOException e) {
      // A full disk, most of the time; the JDK does not say of which file.
      throw new IOException("cannot write " + to + ": " + e.getMessage(), e);
    }
  }

  private void symlink(Path to) throws IOException {
    expect("target");
    byte[] target = string(MOST_TARGET, "the target of a symbolic link");
    if (target.length == 0 || indexOf(target, 0) >= 0) {
      throw malformed("a symbolic link to what cannot be a target");
    }
    expect(")");
    SystemCalls.symlink(RawName.ofBytes(target), to);
    NarWriter.canonicaliseLink(to);
  }

  private void directory(Path to, int depth) throws IOException {
    if (depth == MOST_DEPTH) {
      throw malformed("more than " + MOST_DEPTH + " directories within each other");
    }
    Files.createDirectory(to);
    @Nullable RawName last = null;
    while (true) {
      String word = word();
      if (word.equals(")")) {
        break;
      }
      if (!word.equals("entry")) {
        throw malformed("expected an entry, found '" + shown(word) + "'");
      }
      expect("(");
      expect("name");
      RawName entry = entryName(last);
      last = entry;
      expect("node");
      node(entry.resolveIn(to), depth + 1);
      expect(")");
    }
    NarWriter.canonicaliseDirectory(to);
  }

  private RawName entryName(@Nullable RawName last) throws IOException {
    byte[] text = string(MOST_NAME, "a file's name");
    boolean dots = text.length <= 2 && Arrays.equals(text, Arrays.copyOf(DOTS, text.length));
    if (dots || indexOf(text, '/') >= 0 || indexOf(text, 0) >= 0) {
      throw malformed("'" + shown(text) + "' is not a file name");
    }
    RawName entry = RawName.ofBytes(text);
    if (last != null && last.compareTo(entry) >= 0) {
      throw malformed("'" + shown(text) + "' is not in the order of names");
    }
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
