package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Arrays;

/**
 * What a walk has found, in columns: about 40 bytes for a file in place of the several hundred that
 * objects would take, so that a million files can be remembered.
 */
final class EntryTable {
  private static final int TYPE_SHIFT = 12;
  private static final int MODE_MASK = 07777;
  private static final int ROW = 2 * Integer.BYTES + Short.BYTES + 2 * Long.BYTES;
  private static final int LENGTHS = 2 * Short.BYTES;

  private int[] parents = new int[64];
  private int[] names = new int[64];
  private short[] modes = new short[64];
  private long[] sizes = new long[64];
  private long[] dates = new long[64];
  private byte[] pool = new byte[1024];
  private int rows;
  private int used;

  /**
   * One file.
   *
   * @param parent the row of the directory that it lies in; for a root, {@code -1} less its number
   * @param name its name there, for a root its whole path
   * @param type what it is
   * @param mode the twelve permission bits
   * @param size its size, for a device node its number
   * @param modified when it was last modified, in nanoseconds since 1970
   * @param target where a symbolic link points to, else empty
   */
  record Row(
      int parent,
      RawName name,
      TarHeader.Type type,
      int mode,
      long size,
      long modified,
      RawName target) {
    /** How many bytes of memory the table needs for it. */
    int cost() {
      return ROW + LENGTHS + name.length() + target.length();
    }
  }

  /** How many rows there are. */
  int rows() {
    return rows;
  }

  /** Adds a row and returns its number. */
  int add(Row row) {
    if (rows == parents.length) {
      int more = rows + (rows >> 1);
      parents = Arrays.copyOf(parents, more);
      names = Arrays.copyOf(names, more);
      modes = Arrays.copyOf(modes, more);
      sizes = Arrays.copyOf(sizes, more);
      dates = Arrays.copyOf(dates, more);
    }
    parents[rows] = row.parent();
    names[rows] = used;
    modes[rows] = (short) (((row.type().flag() - '0') << TYPE_SHIFT) | row.mode());
    sizes[rows] = row.size();
    dates[rows] = row.modified();
    append(row.name());
    append(row.target());
    return rows++;
  }

  /** The row with this number. */
  Row row(int index) {
    RawName name = text(names[index]);
    RawName target = text(names[index] + Short.BYTES + name.length());
    return new Row(
        parents[index],
        name,
        TarHeader.Type.ofFlag((char) ('0' + (modes[index] >> TYPE_SHIFT))),
        modes[index] & MODE_MASK,
        sizes[index],
        dates[index],
        target);
  }

  /** Texts are no longer than PATH_MAX, so two bytes hold the length. */
  private void append(RawName text) {
    int length = text.length();
    if (used + Short.BYTES + length > pool.length) {
      pool = Arrays.copyOf(pool, pool.length + (pool.length >> 1) + length);
    }
    pool[used++] = (byte) (length >> Byte.SIZE);
    pool[used++] = (byte) length;
    used += text.copyTo(pool, used, length);
  }

  private RawName text(int at) {
    int length = ((pool[at] & 0xff) << Byte.SIZE) | (pool[at + 1] & 0xff);
    int start = at + Short.BYTES;
    return RawName.ofBytes(Arrays.copyOfRange(pool, start, start + length));
  }
}
