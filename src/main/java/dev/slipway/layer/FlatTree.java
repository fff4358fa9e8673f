package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file system that layers make, one above the other: names and where their contents are, so
 * that its memory grows with the number of names alone.
 *
 * <p>It is what overlayfs shows where each layer was unpacked to a directory of its own (OCI image
 * specification, layer.md; Linux, filesystems/overlayfs.rst). A directory lies over a directory,
 * and everything else in place of what is below it. Whiteouts and opaque markers hide what lower
 * layers have, never what their own layer has, wherever in it they stand. Directories that no layer
 * has are root's with mode 0755, and so is the root, whatever layers say of it. Within a layer an
 * entry is put where the layer's own symbolic links lead, never out of the root, and the later of
 * two entries of one name counts. A hard link is another file with the same content, attributes and
 * owner, and means an entry of its own layer.
 */
public final class FlatTree {
  /** What the tree and its layers may take, so that a heap of 256 MiB holds them. */
  private static final long BUDGET = 128L << 20;

  private static final int NONE = -1;

  /** In place of a layer: what no layer has, and what is not there. */
  private static final int IMPLIED = -1;

  private static final int ABSENT = -2;

  /** As many as Linux follows on one way. */
  private static final int MOST_LINKS = 40;

  /** How many steps may be taken on ways that are not just there, all together. */
  private static final long MOST_STEPS = 1 << 26;

  private static final RawName DOT = RawName.of(".");
  private static final RawName DOTS = RawName.of("..");

  private final NameTree names;
  private final boolean keepsXattrs;
  private final List<LayerEntries> layers = new ArrayList<>();
  private final List<LayerContents> contents = new ArrayList<>();

  // By node. Only what is there is in the list of its directory.
  private int[] owners = new int[0];
  private int[] rows = new int[0];
  private int[] firstChildren = new int[0];
  private int[] nextSiblings = new int[0];
  private int[] lastSiblings = new int[0];
  private long steps;

  /**
   * A tree with nothing but the root, which has no extended attributes.
   *
   * @param what what it is called in messages
   */
  public FlatTree(String what) {
    this(what, false);
  }

  /**
   * A tree with nothing but the root.
   *
   * @param what what it is called in messages
   * @param keepsXattrs whether it has those extended attributes of the layers that mean the same on
   *     every machine; the members that have any are written in PAX form
   */
  public FlatTree(String what, boolean keepsXattrs) {
    this.names = new NameTree(what, BUDGET);
    this.keepsXattrs = keepsXattrs;
    makeRoom();
  }

  /**
   * A place for the entries of a layer.
   *
   * @param what what the layer is called in messages
   */
  public LayerEntries newLayer(String what) {
    return new LayerEntries(names, what, keepsXattrs);
  }

  /**
   * Puts a layer above those that were put before.
   *
   * @param entries all its entries, made by {@link #newLayer}
   * @param content where their contents are
   * @throws ImageException if an entry lies below one that is no directory, or a hard link means
   *     nothing
   */
  public void apply(LayerEntries entries, LayerContents content) throws ImageException {
    int layer = layers.size();
    layers.add(entries);
    contents.add(content);
    makeRoom();
    hide(entries);
    for (int row = 0; row < entries.rows(); row++) {
      apply(layer, entries, row);
    }
  }

  /** Takes away what whiteouts and opaque markers mean, before the layer adds anything. */
  private void hide(LayerEntries entries) {
    for (int row = 0; row < entries.rows(); row++) {
      int node = entries.node(row);
      switch (entries.kind(row)) {
        case LayerEntries.WHITEOUT -> remove(node);
        case LayerEntries.OPAQUE -> {
          while (firstChildren[node] != NONE) {
            remove(firstChildren[node]);
          }
        }
        default -> {}
      }
    }
  }

  private void apply(int layer, LayerEntries entries, int row) throws ImageException {
    int node = entries.node(row);
    switch (entries.kind(row)) {
      case LayerEntries.WHITEOUT -> directory(layer, names.parent(node), true);
      case LayerEntries.OPAQUE -> directory(layer, node, true);
      default -> {
        if (node != NameTree.ROOT) {
          put(layer, entries, row, place(layer, node, true));
        } else if (entries.type(row) != TarHeader.Type.DIRECTORY) {
          throw new ImageException(entries.what() + ": an entry has the root's place");
        }
      }
    }
  }

  private void put(int layer, LayerEntries entries, int row, int node) throws ImageException {
    TarHeader.Type type = entries.type(row);
    int described = type == TarHeader.Type.HARDLINK ? linked(layer, entries, row) : row;
    if (type != TarHeader.Type.DIRECTORY || !isDirectory(node)) {
      remove(node);
      add(node);
    }
    owners[node] = layer;
    rows[node] = described;
  }

  /** The row of the file that a hard link is another name of. */
  private int linked(int layer, LayerEntries entries, int row) throws ImageException {
    int target = place(layer, entries.linked(row), false);
    if (target == NONE || owners[target] != layer || isDirectory(target)) {
      throw new ImageException(
          "%s: entry %s is a hard link to %s, which is no file of the layer before it"
              .formatted(entries.what(), path(entries.node(row)), path(entries.linked(row))));
    }
    return rows[target];
  }

  // -- Where entries go

  /**
   * The node where a path of this layer leads, whose last component is not followed.
   *
   * @param make whether to make directories on the way
   * @return -1 if something on the way is missing and must not be made
   */
  private int place(int layer, int node, boolean make) throws ImageException {
    if (node == NameTree.ROOT) {
      return node;
    }
    int stated = names.parent(node);
    int folder = directory(layer, stated, make);
    return folder == stated || folder == NONE ? node : child(folder, names.name(node));
  }

  /** The directory where a path of this layer leads, likewise. */
  private int directory(int layer, int node, boolean make) throws ImageException {
    if (isDirectory(node)) {
      return node;
    }
    Deque<RawName> ahead = new ArrayDeque<>();
    for (int above = node; above != NameTree.ROOT; above = names.parent(above)) {
      ahead.addFirst(names.name(above));
    }
    int at = NameTree.ROOT;
    int links = 0;
    while (!ahead.isEmpty()) {
      if (++steps > MOST_STEPS) {
        throw new ImageException(layers.get(layer).what() + ": has too many links on links");
      }
      int child = child(at, ahead.removeFirst());
      if (isDirectory(child)) {
        at = child;
      } else if (owners[child] == layer) {
        RawName target = target(layer, node, child);
        if (++links > MOST_LINKS || target.length() > LayerEntries.MOST_PATH) {
          throw new ImageException(
              "%s: entry %s lies behind too many links"
                  .formatted(layers.get(layer).what(), path(node)));
        }
        at = follow(target, at, ahead);
      } else if (make) {
        remove(child);
        add(child);
        owners[child] = IMPLIED;
        at = child;
      } else {
        return NONE;
      }
    }
    return at;
  }

  /** Where a link leads that an entry stands behind. */
  private RawName target(int layer, int node, int link) throws ImageException {
    LayerEntries entries = layers.get(layer);
    if (entries.type(rows[link]) != TarHeader.Type.SYMLINK) {
      throw new ImageException(
          "%s: entries lie below %s, but %s is no directory"
              .formatted(entries.what(), path(node), path(link)));
    }
    return entries.target(rows[link]);
  }

  /** Puts what {@code target} says ahead, and returns where that begins. */
  private int follow(RawName target, int from, Deque<RawName> ahead) {
    List<RawName> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= target.length(); i++) {
      if (i == target.length() || target.at(i) == '/') {
        parts.add(RawName.ofBytes(Arrays.copyOfRange(target.toBytes(), start, i)));
        start = i + 1;
      }
    }
    for (RawName part : parts.reversed()) {
      ahead.addFirst(part);
    }
    return target.length() > 0 && target.at(0) == '/' ? NameTree.ROOT : from;
  }

  /** What {@code name}, which may be a dot or two, means in the directory {@code folder}. */
  private int child(int folder, RawName name) throws ImageException {
    if (name.length() == 0 || name.equals(DOT)) {
      return folder;
    }
    if (name.equals(DOTS)) {
      return Math.max(NameTree.ROOT, names.parent(folder));
    }
    int node = names.child(folder, name.toBytes(), 0, name.length());
    makeRoom();
    return node;
  }

  // -- What is there

  private void makeRoom() {
    int known = owners.length;
    if (names.size() <= known) {
      return;
    }
    int more = Math.max(names.size(), known + (known >> 1));
    owners = Arrays.copyOf(owners, more);
    rows = Arrays.copyOf(rows, more);
    firstChildren = Arrays.copyOf(firstChildren, more);
    nextSiblings = Arrays.copyOf(nextSiblings, more);
    lastSiblings = Arrays.copyOf(lastSiblings, more);
    Arrays.fill(owners, known, more, ABSENT);
    Arrays.fill(firstChildren, known, more, NONE);
    if (known == 0) {
      owners[NameTree.ROOT] = IMPLIED;
    }
  }

  private boolean isDirectory(int node) {
    int owner = owners[node];
    return owner == IMPLIED
        || (owner != ABSENT && layers.get(owner).type(rows[node]) == TarHeader.Type.DIRECTORY);
  }

  private void add(int node) {
    int folder = names.parent(node);
    int next = firstChildren[folder];
    firstChildren[folder] = node;
    nextSiblings[node] = next;
    lastSiblings[node] = NONE;
    if (next != NONE) {
      lastSiblings[next] = node;
    }
  }

  /** Takes {@code node} away, and all below it. */
  private void remove(int node) {
    if (owners[node] == ABSENT) {
      return;
    }
    int next = nextSiblings[node];
    int last = lastSiblings[node];
    if (next != NONE) {
      lastSiblings[next] = last;
    }
    if (last != NONE) {
      nextSiblings[last] = next;
    } else {
      firstChildren[names.parent(node)] = next;
    }
    int at = node;
    while (true) {
      int child = firstChildren[at];
      if (child != NONE) {
        firstChildren[at] = nextSiblings[child];
        at = child;
      } else {
        owners[at] = ABSENT;
        if (at == node) {
          return;
        }
        at = names.parent(at);
      }
    }
  }

  private RawName path(int node) {
    List<String> parts = new ArrayList<>();
    for (int at = node; at != NameTree.ROOT; at = names.parent(at)) {
      parts.addFirst(names.name(at).toString());
    }
    return RawName.of(String.join("/", parts));
  }

  // -- What comes of it

  /** How many bytes the contents of all files have together, at most {@link Long#MAX_VALUE}. */
  public long contentSize() {
    long total = 0;
    for (int node = 0; node < owners.length; node++) {
      LayerEntries entries = owners[node] < 0 ? null : layers.get(owners[node]);
      if (entries != null && entries.type(rows[node]) == TarHeader.Type.REGULAR) {
        long size = entries.size(rows[node]);
        total = size > Long.MAX_VALUE - total ? Long.MAX_VALUE : total + size;
      }
    }
    return total;
  }

  /**
   * Writes everything as {@code tar --hard-dereference --sort=name} packs a mounted image: names
   * that begin with {@code ./}, each directory followed by what is in it, in the order of the bytes
   * of names; no archive's end.
   *
   * @param mtime the time of every member, in seconds since 1970
   * @throws IOException if contents cannot be read or {@code out} not be written to
   */
  public void writeTo(TarWriter out, long mtime) throws IOException {
    new FlatTreeWriter(this, out, mtime).write();
  }

  /** What is in a directory, sorted. */
  int[] children(int node) {
    int[] found = new int[8];
    int count = 0;
    for (int child = firstChildren[node]; child != NONE; child = nextSiblings[child]) {
      if (!names.nameStarts(child, LayerEntries.RESERVED_PREFIX)) {
        if (count == found.length) {
          found = Arrays.copyOf(found, 2 * count);
        }
        found[count++] = child;
      }
    }
    return IntSort.sorted(Arrays.copyOf(found, count), names::compareNames);
  }

  NameTree names() {
    return names;
  }

  /** The layer that describes what is there; null for a directory that no layer has. */
  @Nullable LayerEntries entries(int node) {
    return owners[node] == IMPLIED ? null : layers.get(owners[node]);
  }

  /** Where that layer does so. */
  int row(int node) {
    return rows[node];
  }

  LayerContents contents(int node) {
    return contents.get(owners[node]);
  }
}
