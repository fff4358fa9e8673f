package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.PythonText;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;

/**
 * Turns headers into blocks. Sources: POSIX.1-2001 (pax, "ustar Interchange Format"), Python's
 * {@code tarfile.TarInfo.create_pax_header} and GNU tar 1.34's {@code create.c}, whose bytes these
 * are. Holds a buffer, so it serves one thread.
 */
final class HeaderEncoder {
  /** The size that everything in a tar is a multiple of. */
  static final int BLOCK = 512;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EVEN_BYTES = 0x00ff_00ff_00ff_00ffL;
  private static final int NAME_FIELD = 100;
  private static final int OWNER_FIELD = 32;
  private static final byte[] POSIX_MAGIC = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
  private static final byte[] GNU_MAGIC = {'u', 's', 't', 'a', 'r', ' ', ' ', 0};
  private static final RawName PAX_NAME = RawName.of("././@PaxHeader");
  private static final RawName LONG_NAME = RawName.of("././@LongLink");

  private final TarDialect dialect;
  private byte[] blocks = new byte[2 * BLOCK];
  private int length;

  HeaderEncoder(TarDialect dialect) {
    this.dialect = dialect;
  }

  /** The blocks that stand before the content; valid until the next call. */
  ByteBuffer encode(TarHeader header) {
    return encode(header, Map.of());
  }

  /**
   * The same with PAX records that come before those that the header makes necessary. GNU's form
   * has no place for extended attributes: a member that has any is written in the other.
   */
  ByteBuffer encode(TarHeader header, Map<String, RawName> paxRecords) {
    length = 0;
    if (dialect instanceof TarDialect.Gnu gnu && header.xattrs().isEmpty()) {
      gnu(header, gnu);
    } else {
      pax(header, paxRecords);
    }
    return ByteBuffer.wrap(blocks, 0, length);
  }

  /** The bytes that fill a content of {@code size} up to whole blocks. */
  static int padding(long size) {
    return (int) (-size & (BLOCK - 1));
  }

  // -- PAX, as Python writes it

  private void pax(TarHeader header, Map<String, RawName> given) {
    PaxRecords records = new PaxRecords(given);
    records.xattrs(header.xattrs());
    records.name("path", header.name(), NAME_FIELD);
    records.name("linkpath", header.linkName(), NAME_FIELD);
    records.name("uname", header.userName(), OWNER_FIELD);
    records.name("gname", header.groupName(), OWNER_FIELD);
    long uid = records.number("uid", header.uid(), 8);
    long gid = records.number("gid", header.gid(), 8);
    long size = records.number("size", header.size(), 12);
    long mtime = records.number("mtime", header.mtime(), 12);
    byte[] body = records.toBytes();
    if (body.length > 0) {
      int at = block();
      string(at, PAX_NAME, NAME_FIELD);
      numbers(at, 0, 0, 0, body.length, 0);
      blocks[at + 156] = 'x';
      bytes(at + 257, POSIX_MAGIC);
      checksum(at);
      body(body);
    }
    int at = block();
    asciiString(at, header.name(), NAME_FIELD);
    numbers(at, header.mode(), uid, gid, size, mtime);
    blocks[at + 156] = (byte) header.type().flag();
    asciiString(at + 157, header.linkName(), NAME_FIELD);
    bytes(at + 257, POSIX_MAGIC);
    asciiString(at + 265, header.userName(), OWNER_FIELD);
    asciiString(at + 297, header.groupName(), OWNER_FIELD);
    device(at, header);
    checksum(at);
  }

  // -- GNU

  private void gnu(TarHeader header, TarDialect.Gnu names) {
    if (header.linkName().length() > NAME_FIELD) {
      longName('K', header.linkName(), names);
    }
    if (header.name().length() > NAME_FIELD) {
      longName('L', header.name(), names);
    }
    int at = block();
    string(at, header.name(), NAME_FIELD);
    numbers(at, header.mode(), header.uid(), header.gid(), header.size(), header.mtime());
    blocks[at + 156] = (byte) header.type().flag();
    string(at + 157, header.linkName(), NAME_FIELD);
    bytes(at + 257, GNU_MAGIC);
    gnuOwner(at, header.userName(), header.groupName());
    device(at, header);
    checksum(at);
  }

  private void longName(char type, RawName name, TarDialect.Gnu names) {
    int at = block();
    string(at, LONG_NAME, NAME_FIELD);
    numbers(at, 0644, 0, 0, name.length() + 1L, 0);
    blocks[at + 156] = (byte) type;
    bytes(at + 257, GNU_MAGIC);
    gnuOwner(at, names.rootUser(), names.rootGroup());
    checksum(at);
    body(Arrays.copyOf(name.toBytes(), name.length() + 1));
  }

  /** GNU tar ends these with a NUL even where they are cut. */
  private void gnuOwner(int at, RawName user, RawName group) {
    string(at + 265, user, OWNER_FIELD - 1);
    string(at + 297, group, OWNER_FIELD - 1);
  }

  // -- Fields

  /** Adds an empty block and returns where it starts. */
  private int block() {
    int at = length;
    reserve(BLOCK);
    return at;
  }

  private void body(byte[] content) {
    int at = length;
    reserve(content.length + padding(content.length));
    bytes(at, content);
  }

  private void reserve(int more) {
    if (length + more > blocks.length) {
      blocks = Arrays.copyOf(blocks, Math.max(length + more, 2 * blocks.length));
    }
    Arrays.fill(blocks, length, length + more, (byte) 0);
    length += more;
  }

  private void bytes(int at, byte[] value) {
    System.arraycopy(value, 0, blocks, at, value.length);
  }

  private void string(int at, RawName value, int width) {
    value.copyTo(blocks, at, width);
  }

  /** A question mark stands for every code point, or stray byte, that is not ASCII. */
  private void asciiString(int at, RawName value, int width) {
    if (value.isAscii()) {
      string(at, value, width);
      return;
    }
    int[] points = PythonText.decode(value.toBytes()).codePoints().limit(width).toArray();
    for (int i = 0; i < points.length; i++) {
      blocks[at + i] = points[i] < 0x80 ? (byte) points[i] : (byte) '?';
    }
  }

  private void numbers(int at, int mode, long uid, long gid, long size, long mtime) {
    number(at + 100, mode, 8);
    number(at + 108, uid, 8);
    number(at + 116, gid, 8);
    number(at + 124, size, 12);
    number(at + 136, mtime, 12);
  }

  /** Only device nodes have numbers; for all else the fields stay NUL. */
  private void device(int at, TarHeader header) {
    switch (header.type()) {
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        number(at + 329, header.deviceMajor(), 8);
        number(at + 337, header.deviceMinor(), 8);
      }
      case REGULAR, HARDLINK, SYMLINK, DIRECTORY, FIFO -> {}
    }
  }

  /**
   * Octal digits with a NUL behind, or GNU's base 256 with the top bit set where that is too
   * narrow.
   */
  private void number(int at, long value, int width) {
    long rest = value;
    if (fitsOctal(value, width)) {
      for (int i = at + width - 2; i >= at; i--) {
        blocks[i] = (byte) ('0' + (rest & 7));
        rest >>>= 3;
      }
    } else {
      for (int i = at + width - 1; i > at; i--) {
        blocks[i] = (byte) rest;
        rest >>= 8;
      }
      blocks[at] = value < 0 ? (byte) 0xff : (byte) 0x80;
    }
  }

  static boolean fitsOctal(long value, int width) {
    return value >= 0 && value >>> (3 * (width - 1)) == 0;
  }

  /** Six octal digits, a NUL and a space, counted with the field itself as eight spaces. */
  private void checksum(int at) {
    int sum = 8 * ' ' + sum(at);
    for (int i = at + 153; i >= at + 148; i--) {
      blocks[i] = (byte) ('0' + (sum & 7));
      sum >>>= 3;
    }
    blocks[at + 155] = ' ';
  }

  /**
   * The sum of a block's bytes. Four at a time are added to a quarter of a long each, which holds
   * the 128 that come to it.
   */
  private int sum(int at) {
    long sums = 0;
    for (int i = at; i < at + BLOCK; i += Long.BYTES) {
      long eight = (long) LONG.get(blocks, i);
      sums += (eight & EVEN_BYTES) + (eight >>> 8 & EVEN_BYTES);
    }
    return (int)
        ((sums & 0xffff) + (sums >>> 16 & 0xffff) + (sums >>> 32 & 0xffff) + (sums >>> 48));
  }
}
