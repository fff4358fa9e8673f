package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The entries of one layer as {@link FlatTree} needs them: what each is and where in the layer's
 * tar its content lies. In columns, about 60 bytes for an entry beside its path.
 */
public final class LayerEntries {
  /** Among the kinds of entries: what removes an entry of a lower layer. */
  static final int WHITEOUT = 8;

  /** Among the kinds of entries: what removes all that lower layers have in a directory. */
  static final int OPAQUE = 9;

  private static final RawName WHITEOUT_PREFIX = RawName.of(".wh.");

  /** Begins the names that aufs keeps for itself. */
  static final RawName RESERVED_PREFIX = RawName.of(".wh..wh.");

  private static final RawName OPAQUE_MARKER = RawName.of(".wh..wh..opq");

  /** PATH_MAX of Linux; what is longer could not be unpacked. */
  static final int MOST_PATH = 4096;

  private static final int KIND_SHIFT = 12;
  private static final int MODE_MASK = 07777;
  private static final int SPARSE = 1 << 16;
  private static final int ROW = 3 * Integer.BYTES + 4 * Long.BYTES;

  /** About what an extended attribute takes beside its name and value. */
  private static final int ATTRIBUTE = 192;

  private final NameTree tree;
  private final String what;
  private final boolean keepsXattrs;
  private int[] nodes = new int[16];
  private int[] kinds = new int[16];
  private int[] links = new int[16];
  private long[] uids = new long[16];
  private long[] gids = new long[16];
  private long[] sizes = new long[16];
  private long[] offsets = new long[16];
  private int rows;
  private final Map<Integer, Map<String, RawName>> xattrs = new HashMap<>();
  private byte[] pool = new byte[256];
  private int used;

  LayerEntries(NameTree tree, String what, boolean keepsXattrs) {
    this.tree = tree;
    this.what = what;
    this.keepsXattrs = keepsXattrs;
  }

  /**
   * Adds an entry behind those that were added before. Absolute names are taken from the root.
   *
   * @throws ImageException if its name leaves the root or is longer than Linux takes, if it is a
   *     whiteout that names nothing, or if there are too many entries to be remembered
   */
  public void add(TarMember member) throws ImageException {
    TarHeader header = member.header();
    tree.charge(ROW);
    grow();
    place(header.name());
    boolean device =
        header.type() == TarHeader.Type.CHARACTER_DEVICE
            || header.type() == TarHeader.Type.BLOCK_DEVICE;
    kinds[rows] |= header.mode() | (member.sparse() ? SPARSE : 0);
    if (kind(rows) < WHITEOUT) {
      kinds[rows] |= (header.type().flag() - '0') << KIND_SHIFT;
      links[rows] = link(header);
    }
    uids[rows] = header.uid();
    gids[rows] = header.gid();
    sizes[rows] = device ? header.deviceMajor() : header.size();
    offsets[rows] =
        device ? header.deviceMinor() : member.sparse() ? member.offset() : member.contentOffset();
    if (keepsXattrs) {
      keepXattrs(member.portableXattrs());
    }
    rows++;
  }

  private void keepXattrs(Map<String, RawName> attributes) throws ImageException {
    for (Map.Entry<String, RawName> attribute : attributes.entrySet()) {
      tree.charge(ATTRIBUTE + attribute.getKey().length() + attribute.getValue().length());
    }
    if (!attributes.isEmpty()) {
      xattrs.put(rows, attributes);
    }
  }

  private void grow() {
    if (rows == nodes.length) {
      int more = rows + (rows >> 1);
      nodes = Arrays.copyOf(nodes, more);
      kinds = Arrays.copyOf(kinds, more);
      links = Arrays.copyOf(links, more);
      uids = Arrays.copyOf(uids, more);
      gids = Arrays.copyOf(gids, more);
      sizes = Arrays.copyOf(sizes, more);
      offsets = Arrays.copyOf(offsets, more);
    }
  }

  /** Finds the node that the new row is about, and whether it removes that. */
  private void place(RawName name) throws ImageException {
    byte[] bytes = bytes(name);
    int lastEnd = bytes.length;
    while (lastEnd > 0 && isSkipped(bytes, lastEnd)) {
      lastEnd--;
    }
    int lastStart = lastEnd;
    while (lastStart > 0 && bytes[lastStart - 1] != '/') {
      lastStart--;
    }
    RawName last = RawName.ofBytes(Arrays.copyOfRange(bytes, lastStart, lastEnd));
    int folder = node(bytes, lastStart, name);
    if (last.equals(OPAQUE_MARKER)) {
      nodes[rows] = folder;
      kinds[rows] = OPAQUE << KIND_SHIFT;
    } else if (starts(last, WHITEOUT_PREFIX) && !starts(last, RESERVED_PREFIX)) {
      int start = lastStart + WHITEOUT_PREFIX.length();
      int node = child(folder, bytes, start, lastEnd, name);
      if (node == folder) {
        throw new ImageException(
            "%s: entry %s is a whiteout that names no entry".formatted(what, name));
      }
      nodes[rows] = node;
      kinds[rows] = WHITEOUT << KIND_SHIFT;
    } else {
      nodes[rows] = child(folder, bytes, lastStart, lastEnd, name);
      kinds[rows] = 0;
    }
  }

  /** Whether what ends at {@code end} is a slash or a component that is just a dot. */
  private static boolean isSkipped(byte[] name, int end) {
    return name[end - 1] == '/' || (name[end - 1] == '.' && (end == 1 || name[end - 2] == '/'));
  }

  private byte[] bytes(RawName name) throws ImageException {
    if (name.length() > MOST_PATH) {
      throw new ImageException(
          "%s: an entry has a name of %d bytes, more than the %d that Linux takes"
              .formatted(what, name.length(), MOST_PATH));
    }
    return name.toBytes();
  }

  /** The node of the path that the first {@code end} bytes are. */
  private int node(byte[] bytes, int end, RawName name) throws ImageException {
    int node = NameTree.ROOT;
    int start = 0;
    for (int i = 0; i <= end; i++) {
      if (i == end || bytes[i] == '/') {
        node = child(node, bytes, start, i, name);
        start = i + 1;
      }
    }
    return node;
  }

  private int child(int folder, byte[] bytes, int start, int end, RawName name)
      throws ImageException {
    int length = end - start;
    if (length <= 0 || (length == 1 && bytes[start] == '.')) {
      return folder;
    }
    if (length == 2 && bytes[start] == '.' && bytes[start + 1] == '.') {
      throw new ImageException("%s: entry %s has '..' in its name".formatted(what, name));
    }
    return tree.child(folder, bytes, start, end);
  }

  private static boolean starts(RawName name, RawName prefix) {
    if (name.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if (name.at(i) != prefix.at(i)) {
        return false;
      }
    }
    return true;
  }

  /** For a hard link the node of the entry linked to, for a symbolic one where its target is. */
  private int link(TarHeader header) throws ImageException {
    RawName target = header.linkName();
    return switch (header.type()) {
      case HARDLINK -> {
        byte[] bytes = bytes(target);
        yield node(bytes, bytes.length, target);
      }
      case SYMLINK -> {
        int length = target.length();
        tree.charge(Integer.BYTES + length);
        if (used + Integer.BYTES + length > pool.length) {
          pool = Arrays.copyOf(pool, pool.length + (pool.length >> 1) + Integer.BYTES + length);
        }
        int at = used;
        for (int shift = 24; shift >= 0; shift -= 8) {
          pool[used++] = (byte) (length >> shift);
        }
        used += target.copyTo(pool, used, length);
        yield at;
      }
      default -> 0;
    };
  }

  /** What the layer is called in messages. */
  String what() {
    return what;
  }

  int rows() {
    return rows;
  }

  int node(int row) {
    return nodes[row];
  }

  /** A {@link TarHeader.Type}'s number, {@link #WHITEOUT} or {@link #OPAQUE}. */
  int kind(int row) {
    return kinds[row] >> KIND_SHIFT & 15;
  }

  TarHeader.Type type(int row) {
    return TarHeader.Type.ofFlag((char) ('0' + kind(row)));
  }

  int mode(int row) {
    return kinds[row] & MODE_MASK;
  }

  boolean sparse(int row) {
    return (kinds[row] & SPARSE) != 0;
  }

  long uid(int row) {
    return uids[row];
  }

  long gid(int row) {
    return gids[row];
  }

  /** The extended attributes, if they are kept. */
  Map<String, RawName> xattrs(int row) {
    return xattrs.getOrDefault(row, Map.of());
  }

  /** The size of the content; of a device, its major number. */
  long size(int row) {
    return sizes[row];
  }

  /** Where content begins, if it is sparse its header; of a device, its minor number. */
  long offset(int row) {
    return offsets[row];
  }

  /** The node that a hard link means. */
  int linked(int row) {
    return links[row];
  }

  /** Where a symbolic link leads. */
  RawName target(int row) {
    int at = links[row];
    int length = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      length = length << 8 | (pool[at + i] & 0xff);
    }
    int start = at + Integer.BYTES;
    return RawName.ofBytes(Arrays.copyOfRange(pool, start, start + length));
  }
}
