package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which pieces of a sparse file are stored: GNU tar's manual, "Storing Sparse Files", has the old
 * form and the three that use PAX records.
 */
final class TarReaderSparse {
  private static final int MOST_PIECES = 1 << 16;

  private long[] pairs = new long[16];
  private int used;
  private final TarReaderFault fault;

  TarReaderSparse(TarReaderFault fault) {
    this.fault = fault;
  }

  /** Whether these records describe a sparse file. */
  static boolean isSparse(Map<String, RawName> records) {
    return records.containsKey(TarReaderPax.SPARSE_MAP)
        || records.containsKey("GNU.sparse.major")
        || records.containsKey("GNU.sparse.size")
        || records.containsKey("GNU.sparse.realsize");
  }

  /** The size with the holes. */
  static long realSize(Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    RawName size = records.get("GNU.sparse.realsize");
    if (size == null) {
      size = records.get("GNU.sparse.size");
    }
    if (size == null) {
      throw fault.in("PAX records", "of a sparse file do not give its size");
    }
    return TarReaderPax.integer(size, "PAX record GNU.sparse.realsize", fault);
  }

  /** Whether the map stands before the content (version 1.0). */
  static boolean isMapInContent(Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    RawName major = records.get("GNU.sparse.major");
    RawName minor = records.get("GNU.sparse.minor");
    if (major == null) {
      return false;
    }
    String version = major + "." + minor;
    return switch (version) {
      case "0.0", "0.1" -> false;
      case "1.0" -> true;
      default -> throw fault.in("PAX record GNU.sparse.major", "is a form not known: " + version);
    };
  }

  /** The map that is a comma-separated list of offsets and sizes. */
  static TarReaderSparse ofRecords(Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    TarReaderSparse map = new TarReaderSparse(fault);
    RawName list = records.get(TarReaderPax.SPARSE_MAP);
    if (list == null) {
      throw fault.in("PAX records", "of a sparse file do not give its map");
    }
    String[] numbers = list.length() == 0 ? new String[0] : list.toString().split(",", -1);
    if (numbers.length % 2 != 0) {
      throw fault.in("sparse map", "has an offset without a size");
    }
    for (int i = 0; i < numbers.length; i += 2) {
      map.add(map.number(numbers[i]), map.number(numbers[i + 1]));
    }
    return map;
  }

  /** The map in front of the content: numbers on lines, padded to whole blocks. */
  static TarReaderSparse ofContent(Blocks blocks, TarReaderFault fault) throws IOException {
    TarReaderSparse map = new TarReaderSparse(fault);
    Lines lines = new Lines(blocks, fault);
    long count = map.number(lines.next());
    if (count < 0 || count > MOST_PIECES) {
      throw fault.in("sparse map", "has too many pieces: " + count);
    }
    for (long i = 0; i < count; i++) {
      map.add(map.number(lines.next()), map.number(lines.next()));
    }
    return map;
  }

  /** Gives the blocks of a member's stored content. */
  interface Blocks {
    byte[] next() throws IOException;
  }

  private static final class Lines {
    private final Blocks blocks;
    private final TarReaderFault fault;
    private byte[] block = new byte[0];
    private int at;

    Lines(Blocks blocks, TarReaderFault fault) {
      this.blocks = blocks;
      this.fault = fault;
    }

    String next() throws IOException {
      StringBuilder line = new StringBuilder();
      while (line.length() <= 20) {
        if (at == block.length) {
          block = blocks.next();
          at = 0;
        }
        char c = (char) block[at++];
        if (c == '\n') {
          return line.toString();
        }
        line.append(c);
      }
      throw fault.in("sparse map", "is malformed");
    }
  }

  private long number(String text) throws TarFormatException {
    return TarReaderPax.integer(
        RawName.ofBytes(text.getBytes(StandardCharsets.ISO_8859_1)), "sparse map", fault);
  }

  /** Adds a piece, which must lie behind the one before. */
  void add(long offset, long size) throws TarFormatException {
    long last = used == 0 ? 0 : pairs[used - 2] + pairs[used - 1];
    if (offset < last || size < 0 || offset > Long.MAX_VALUE - size) {
      throw fault.in("sparse map", "has pieces that overlap or are out of order");
    }
    if (used == 2 * MOST_PIECES) {
      throw fault.in("sparse map", "has too many pieces");
    }
    if (used == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * used);
    }
    pairs[used++] = offset;
    pairs[used++] = size;
  }

  /** Refuses a map that does not fit the sizes. */
  void check(long realSize, long storedSize) throws TarFormatException {
    long end = used == 0 ? 0 : pairs[used - 2] + pairs[used - 1];
    long stored = 0;
    for (int i = 1; i < used; i += 2) {
      stored += pairs[i];
    }
    if (realSize < end || stored != storedSize) {
      throw fault.in("sparse map", "does not fit the member's size");
    }
  }

  /** The content with its holes, made from what is stored. */
  InputStream expand(InputStream stored, long realSize) {
    return new Expanded(stored, realSize);
  }

  private final class Expanded extends BulkInputStream {
    private final InputStream stored;
    private final long realSize;
    private long position;
    private int piece;

    Expanded(InputStream stored, long realSize) {
      this.stored = stored;
      this.realSize = realSize;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (position == realSize) {
        return -1;
      }
      while (piece < used && position == pairs[piece] + pairs[piece + 1]) {
        piece += 2;
      }
      long dataStart = piece < used ? pairs[piece] : realSize;
      int count;
      if (position < dataStart) {
        count = (int) Math.min(length, dataStart - position);
        Arrays.fill(target, start, start + count, (byte) 0);
      } else {
        long left = dataStart + pairs[piece + 1] - position;
        count = stored.read(target, start, (int) Math.min(length, left));
      }
      position += Math.max(count, 0);
      return count;
    }
  }

  /** Old GNU tar's map: four pairs in the header, then blocks of 21 while the flag is set. */
  static TarReaderSparse ofHeader(TarReaderBlock header, Extension next, TarReaderFault fault)
      throws IOException {
    TarReaderSparse map = new TarReaderSparse(fault);
    map.addPairs(header, 386, 4);
    boolean more = header.at(482) != 0;
    while (more) {
      TarReaderBlock block = next.read();
      map.addPairs(block, 0, 21);
      more = block.at(504) != 0;
    }
    return map;
  }

  /** Reads one further block of a map. */
  interface Extension {
    TarReaderBlock read() throws IOException;
  }

  private void addPairs(TarReaderBlock block, int start, int count) throws TarFormatException {
    for (int i = 0; i < count; i++) {
      long @Nullable [] pair = block.sparsePair(start, i);
      if (pair == null) {
        return;
      }
      add(pair[0], pair[1]);
    }
  }
}
