package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One header block, its fields where POSIX.1-1988 (ustar), GNU tar's {@code tar.h} and star put
 * them.
 */
final class TarReaderBlock {
  static final int SIZE = 512;

  private enum Dialect {
    V7,
    USTAR,
    STAR,
    GNU
  }

  private final byte[] bytes;
  private final TarReaderFault fault;
  private final Dialect dialect;

  /** Takes over a block that need not be a header. */
  TarReaderBlock(byte[] bytes, TarReaderFault fault) {
    this.bytes = bytes;
    this.fault = fault;
    this.dialect = dialect(bytes);
  }

  /** Takes over a header and checks its checksum. */
  static TarReaderBlock header(byte[] bytes, TarReaderFault fault) throws TarFormatException {
    TarReaderBlock block = new TarReaderBlock(bytes, fault);
    block.checkSum();
    return block;
  }

  static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private void checkSum() throws TarFormatException {
    long unsigned = 0;
    long signed = 0;
    for (int i = 0; i < SIZE; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : bytes[i];
      unsigned += b & 0xff;
      signed += b;
    }
    long stored;
    try {
      stored = number(148, 8, "checksum");
    } catch (TarFormatException e) {
      stored = -1; // Whatever it is, it is no checksum.
    }
    // Sun's early tars summed signed characters.
    if (stored != unsigned && stored != signed) {
      throw fault.in("checksum", fault.offset() == 0 ? "is wrong: not a tar archive" : "is wrong");
    }
  }

  private static Dialect dialect(byte[] bytes) {
    if (matches(bytes, 257, "ustar\0")) {
      return matches(bytes, 508, "tar\0") ? Dialect.STAR : Dialect.USTAR;
    }
    return matches(bytes, 257, "ustar  \0") ? Dialect.GNU : Dialect.V7;
  }

  private static boolean matches(byte[] bytes, int start, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (bytes[start + i] != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  char flag() {
    return (char) (bytes[156] & 0xff);
  }

  RawName name() {
    RawName name = text(0, 100);
    RawName prefix =
        switch (dialect) {
          case USTAR -> text(345, 155);
          case STAR -> text(345, 131);
          case V7, GNU -> null;
        };
    return prefix == null || prefix.length() == 0 ? name : join(prefix, name);
  }

  private static RawName join(RawName prefix, RawName name) {
    byte[] whole = Arrays.copyOf(prefix.toBytes(), prefix.length() + 1 + name.length());
    whole[prefix.length()] = '/';
    System.arraycopy(name.toBytes(), 0, whole, prefix.length() + 1, name.length());
    return RawName.ofBytes(whole);
  }

  int mode() throws TarFormatException {
    return (int) (number(100, 8, "mode") & 07777);
  }

  long uid() throws TarFormatException {
    return number(108, 8, "uid");
  }

  long gid() throws TarFormatException {
    return number(116, 8, "gid");
  }

  long size() throws TarFormatException {
    return number(124, 12, "size");
  }

  long mtime() throws TarFormatException {
    return number(136, 12, "mtime");
  }

  RawName linkName() {
    return text(157, 100);
  }

  RawName userName() {
    return dialect == Dialect.V7 ? RawName.of("") : text(265, 32);
  }

  RawName groupName() {
    return dialect == Dialect.V7 ? RawName.of("") : text(297, 32);
  }

  long deviceMajor() throws TarFormatException {
    return dialect == Dialect.V7 ? 0 : number(329, 8, "devmajor");
  }

  long deviceMinor() throws TarFormatException {
    return dialect == Dialect.V7 ? 0 : number(337, 8, "devminor");
  }

  private RawName text(int start, int length) {
    int end = start;
    while (end < start + length && bytes[end] != 0) {
      end++;
    }
    return RawName.ofBytes(Arrays.copyOfRange(bytes, start, end));
  }

  /** A number in octal digits or, as GNU tar and star write large ones, in binary. */
  long number(int start, int length, String field) throws TarFormatException {
    Long value =
        bytes[start] < 0 ? binary(bytes, start, length) : octal(bytes, start, start + length);
    if (value == null) {
      throw fault.in(
          field, bytes[start] < 0 ? "does not fit in 64 bits" : "is not an octal number");
    }
    return value;
  }

  /** Two's complement, but for the topmost bit, which only says that it is not octal. */
  private static @Nullable Long binary(byte[] bytes, int start, int length) {
    boolean negative = (bytes[start] & 0x40) != 0;
    long value = negative ? -1 : 0;
    for (int i = 0; i < length; i++) {
      int digit = bytes[start + i] & 0xff;
      if (i == 0) {
        digit = negative ? digit : digit & 0x7f;
      }
      if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
        return null;
      }
      value = value << 8 | digit;
    }
    return value;
  }

  private static @Nullable Long octal(byte[] bytes, int start, int end) {
    int i = start;
    while (i < end && bytes[i] == ' ') {
      i++;
    }
    int digits = i;
    long value = 0;
    while (i < end && bytes[i] >= '0' && bytes[i] <= '7') {
      value = value << 3 | (bytes[i] - '0');
      i++;
    }
    boolean blank = i == digits;
    while (i < end && bytes[i] == ' ') {
      i++;
    }
    if (i < end && bytes[i] != 0) {
      return null;
    }
    // What old writers leave after the NUL does not count; but readers differ on a number that only
    // comes after it.
    while (blank && i < end) {
      if (bytes[i] != 0 && bytes[i] != ' ') {
        return null;
      }
      i++;
    }
    return value;
  }

  /** A pair of old GNU tar's sparse map, or null where the map ends before {@code index}. */
  long @Nullable [] sparsePair(int start, int index) throws TarFormatException {
    int at = start + 24 * index;
    if (bytes[at] == 0) {
      return null;
    }
    return new long[] {number(at, 12, "sparse offset"), number(at + 12, 12, "sparse size")};
  }

  byte at(int index) {
    return bytes[index];
  }
}
