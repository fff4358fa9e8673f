package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the tar of a layer so that a system's tar program, unpacking it into an empty directory,
 * makes a lower directory of overlayfs (Linux, filesystems/overlayfs.rst). The rules are those of
 * {@link FlatTree}: whiteouts become character devices 0/0, opaque directories get the attribute,
 * and both mean lower layers only. Names begin with {@code ./}; where an entry lies behind symbolic
 * links of its own layer, it has the name of where they lead within the root, so that nothing is
 * ever unpacked through a link.
 */
public final class OverlayLayer {
  /** What the names and kinds of a layer's files may take in memory. */
  private static final long BUDGET = 96L << 20;

  /** About what a symbolic link, or a directory, takes beside its name. */
  private static final int REMEMBERED = 256;

  /** As many links as Linux follows on one way. */
  private static final int MOST_LINKS = 40;

  private static final int BUFFER = 128 << 10;
  private static final int DIRECTORY_MODE = 0755;
  private static final RawName NONE = RawName.of("");
  private static final RawName SLASH = RawName.of("/");
  private static final RawName DOT = RawName.of(".");
  private static final RawName DOTS = RawName.of("..");
  private static final RawName WHITEOUT = RawName.of(".wh.");
  private static final RawName OPAQUE = RawName.of(".wh..wh.");
  private static final RawName OPAQUE_MARKER = RawName.of(".wh..wh..opq");
  private static final RawName YES = RawName.of("y");

  /** What there is under a name. */
  private enum Kind {
    NOTHING,
    DIRECTORY,
    LINK,
    OTHER
  }

  /**
   * What a lower directory does not say itself.
   *
   * @param hidesAll whether the layer's root is opaque, which overlayfs has no mark for: nothing
   *     below it shows
   * @param implied the directories that the layer has something in but no entry for, as paths from
   *     the root without a slash. Those below show through such a directory with their attributes
   */
  public record Lower(boolean hidesAll, List<RawName> implied) {
    /** Takes a copy. */
    public Lower {
      implied = List.copyOf(implied);
    }
  }

  private final String what;
  private final String opaqueAttribute;
  private final String originAttribute;
  private final Optional<String> deviceMark;
  private final TarWriter out;
  private final NameTree names;
  private Kind[] kinds = new Kind[256];

  /** How often a directory has given way to something else, with all that was in it. */
  private int[] epochs = new int[256];

  /** The epoch of the directory in which a name was put. */
  private int[] epochsAbove = new int[256];

  /** One more than the epoch of a directory in which something was put in it last. */
  private int[] filledIn = new int[256];

  private final Map<Integer, RawName> links = new HashMap<>();
  private final Map<Integer, TarMember> directories = new HashMap<>();
  private final Set<Integer> removed = new LinkedHashSet<>();
  private final Set<Integer> opaque = new LinkedHashSet<>();

  /** Directories that marks for what is gone are in. */
  private final Set<Integer> marked = new LinkedHashSet<>();

  private OverlayLayer(
      String what, String opaqueAttribute, Optional<String> deviceMark, WritableByteChannel out) {
    this.what = what;
    this.opaqueAttribute = opaqueAttribute;
    this.originAttribute = opaqueAttribute.replace(".opaque", ".origin");
    this.deviceMark = deviceMark;
    this.out = new TarWriter(out, TarDialect.PAX);
    this.names = new NameTree(what, BUDGET);
    Arrays.fill(kinds, Kind.NOTHING);
    kinds[NameTree.ROOT] = Kind.DIRECTORY;
  }

  /**
   * Rewrites a layer.
   *
   * @param what what it is called in messages
   * @param opaqueAttribute the extended attribute that makes a directory opaque: {@code
   *     trusted.overlay.opaque}, or {@code user.overlay.opaque} if overlayfs is mounted with {@code
   *     userxattr}
   * @param deviceMark begins the files that stand for device nodes, where nobody may make any: then
   *     {@code c} or {@code b}, the two numbers and a newline follow
   * @throws ImageException if it is no layer
   * @throws IOException if it cannot be read, or {@code out} not written
   */
  public static Lower rewrite(
      InputStream tar,
      String what,
      String opaqueAttribute,
      Optional<String> deviceMark,
      WritableByteChannel out)
      throws IOException {
    OverlayLayer layer = new OverlayLayer(what, opaqueAttribute, deviceMark, out);
    TarReader reader = new TarReader(tar, what);
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      layer.add(member, reader.content());
    }
    return layer.finish();
  }

  private void add(TarMember member, InputStream content) throws IOException {
    TarHeader header = member.header();
    List<RawName> parts = parts(header.name());
    if (parts.contains(DOTS)) {
      throw new ImageException("%s: entry %s has '..' in its name".formatted(what, header.name()));
    }
    if (parts.isEmpty()) {
      if (header.type() != TarHeader.Type.DIRECTORY) {
        throw new ImageException(what + ": an entry has the root's place");
      }
      write(NameTree.ROOT, member, NONE, content);
      return;
    }
    RawName last = parts.removeLast();
    if (last.equals(OPAQUE_MARKER)) {
      opaque.add(literal(parts));
    } else if (starts(last, WHITEOUT) && !starts(last, OPAQUE)) {
      byte[] name = Arrays.copyOfRange(last.toBytes(), WHITEOUT.length(), last.length());
      RawName hidden = RawName.ofBytes(name);
      if (hidden.length() == 0 || hidden.equals(DOT) || hidden.equals(DOTS)) {
        throw new ImageException(
            "%s: entry %s is a whiteout that names no entry".formatted(what, header.name()));
      }
      parts.add(hidden);
      removed.add(literal(parts));
    } else {
      RawName linked = header.type() == TarHeader.Type.HARDLINK ? linked(header) : NONE;
      int node = child(directory(parts, header.name()), last);
      put(node, member);
      if (isWhiteout(header)) {
        marked.add(names.parent(node));
      }
      write(node, member, linked, content);
    }
  }

  /** Whether overlayfs takes an entry for the mark of something that is gone. */
  private static boolean isWhiteout(TarHeader header) {
    return header.type() == TarHeader.Type.CHARACTER_DEVICE
        && header.deviceMajor() == 0
        && header.deviceMinor() == 0;
  }

  private static boolean starts(RawName name, RawName prefix) {
    return name.length() >= prefix.length()
        && Arrays.equals(name.toBytes(), 0, prefix.length(), prefix.toBytes(), 0, prefix.length());
  }

  /** The components of a name, without those that mean nothing. */
  private static List<RawName> parts(RawName name) {
    List<RawName> parts = new ArrayList<>(StoreLinks.split(name));
    parts.removeIf(part -> part.length() == 0 || part.equals(DOT));
    return parts;
  }

  /** What the name that a hard link links to is called in the output. */
  private RawName linked(TarHeader header) throws ImageException {
    List<RawName> parts = parts(header.linkName());
    if (!parts.isEmpty() && !parts.contains(DOTS)) {
      RawName last = parts.removeLast();
      int node = child(directory(parts, header.linkName()), last);
      Kind kind = kind(node);
      if (kind == Kind.LINK || kind == Kind.OTHER) {
        return path(node);
      }
    }
    throw new ImageException(
        "%s: entry %s is a hard link to %s, which is no file of the layer before it"
            .formatted(what, header.name(), header.linkName()));
  }

  // -- What there is

  private int literal(List<RawName> parts) throws ImageException {
    int node = NameTree.ROOT;
    for (RawName part : parts) {
      node = child(node, part);
    }
    return node;
  }

  /** The directory where a way leads, made if it is missing. */
  private int directory(List<RawName> way, RawName entry) throws ImageException {
    Deque<RawName> ahead = new ArrayDeque<>(way);
    int at = NameTree.ROOT;
    int followed = 0;
    while (!ahead.isEmpty()) {
      RawName part = ahead.removeFirst();
      if (part.equals(DOTS)) {
        at = Math.max(NameTree.ROOT, names.parent(at));
        continue;
      }
      int next = child(at, part);
      switch (kind(next)) {
        case DIRECTORY -> at = next;
        case NOTHING -> {
          set(next, Kind.DIRECTORY);
          at = next;
        }
        case OTHER ->
            throw new ImageException(
                "%s: entries lie below %s, but that is no directory".formatted(what, path(next)));
        case LINK -> {
          RawName target = links.getOrDefault(next, NONE);
          if (++followed > MOST_LINKS) {
            throw new ImageException(
                "%s: entry %s lies behind too many links".formatted(what, entry));
          }
          parts(target).reversed().forEach(ahead::addFirst);
          if (target.length() > 0 && target.at(0) == '/') {
            at = NameTree.ROOT;
          }
        }
      }
    }
    return at;
  }

  private int child(int folder, RawName name) throws ImageException {
    int node = names.child(folder, name.toBytes(), 0, name.length());
    if (node >= kinds.length) {
      int more = node + (node >> 1) + 1;
      int known = kinds.length;
      kinds = Arrays.copyOf(kinds, more);
      Arrays.fill(kinds, known, more, Kind.NOTHING);
      epochs = Arrays.copyOf(epochs, more);
      epochsAbove = Arrays.copyOf(epochsAbove, more);
      filledIn = Arrays.copyOf(filledIn, more);
    }
    return node;
  }

  /** What is there now; what was in a directory that has given way is not. */
  private Kind kind(int node) {
    for (int at = node; at != NameTree.ROOT; at = names.parent(at)) {
      int parent = names.parent(at);
      if (kinds[at] == Kind.NOTHING || epochsAbove[at] != epochs[parent]) {
        return Kind.NOTHING;
      }
      if (at != node && kinds[at] != Kind.DIRECTORY) {
        return Kind.NOTHING;
      }
    }
    return kinds[node];
  }

  /** Whether it is a directory that something was unpacked in. */
  private boolean isFilled(int node) {
    return kind(node) == Kind.DIRECTORY && filledIn[node] == epochs[node] + 1;
  }

  private void set(int node, Kind kind) {
    if (kind != Kind.DIRECTORY || kind(node) != Kind.DIRECTORY) {
      epochs[node]++;
      directories.remove(node);
      links.remove(node);
    }
    kinds[node] = kind;
    int parent = names.parent(node);
    epochsAbove[node] = epochs[parent];
    filledIn[parent] = epochs[parent] + 1;
  }

  private void put(int node, TarMember member) throws ImageException {
    if (member.header().type() != TarHeader.Type.DIRECTORY && isFilled(node)) {
      throw new ImageException(
          "%s: entry %s takes the place of a directory that the layer has files in, which scripts"
                  .formatted(what, member.header().name())
              + " cannot be run above");
    }
    switch (member.header().type()) {
      case DIRECTORY -> {
        names.charge(REMEMBERED);
        Kind before = kind(node);
        if (before == Kind.LINK || before == Kind.OTHER) {
          opaque.add(node); // What came before it has hidden the directories below.
        }
        set(node, Kind.DIRECTORY);
        directories.put(node, member);
      }
      case SYMLINK -> {
        names.charge(REMEMBERED + member.header().linkName().length());
        set(node, Kind.LINK);
        links.put(node, member.header().linkName());
      }
      case REGULAR, HARDLINK, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> set(node, Kind.OTHER);
    }
  }

  private RawName path(int node) {
    Deque<RawName> parts = new ArrayDeque<>();
    for (int at = node; at != NameTree.ROOT; at = names.parent(at)) {
      parts.push(names.name(at));
    }
    RawName path = DOT;
    for (RawName part : parts) {
      path = path.append(SLASH).append(part);
    }
    return path;
  }

  // -- What is written

  private void write(int node, TarMember member, RawName linked, InputStream content)
      throws IOException {
    TarHeader header = member.header();
    boolean link = header.type() == TarHeader.Type.HARDLINK;
    byte[] standIn = standIn(header);
    out.header(
        new TarHeader(
            standIn.length > 0 ? TarHeader.Type.REGULAR : header.type(),
            header.type() == TarHeader.Type.DIRECTORY ? path(node).append(SLASH) : path(node),
            header.mode(),
            header.uid(),
            header.gid(),
            NONE,
            NONE,
            link ? 0 : header.size() + standIn.length,
            header.mtime(),
            link ? linked : header.linkName(),
            standIn.length > 0 ? 0 : header.deviceMajor(),
            standIn.length > 0 ? 0 : header.deviceMinor(),
            member.portableXattrs()));
    out.write(ByteBuffer.wrap(standIn));
    byte[] buffer = new byte[(int) Math.min(BUFFER, header.size())];
    long left = link ? 0 : header.size();
    while (left > 0) {
      int count = content.readNBytes(buffer, 0, (int) Math.min(buffer.length, left));
      out.write(ByteBuffer.wrap(buffer, 0, count));
      left -= count;
    }
  }

  /** The content of the file that stands for a device node; empty if it is to be a node. */
  private byte[] standIn(TarHeader header) {
    boolean block = header.type() == TarHeader.Type.BLOCK_DEVICE;
    boolean device = block || header.type() == TarHeader.Type.CHARACTER_DEVICE;
    if (deviceMark.isEmpty() || !device || isWhiteout(header)) {
      return new byte[0];
    }
    return "%s%s %d %d\n"
        .formatted(deviceMark.get(), block ? "b" : "c", header.deviceMajor(), header.deviceMinor())
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** Writes what hides lower layers, which the layer's own entries have no part in. */
  private Lower finish() throws IOException {
    Set<Integer> implied = implied();
    for (int node : removed) {
      switch (kind(node)) {
        case DIRECTORY -> opaque.add(node);
        case NOTHING -> {
          if (isReachable(node)) {
            write(node, TarHeader.Type.CHARACTER_DEVICE, 0, null, Map.of());
            marked.add(names.parent(node));
            implyWay(names.parent(node), implied);
          }
        }
        case LINK, OTHER -> {}
      }
    }
    for (int node : opaque) {
      if (canBeDirectory(node)) {
        marked.remove(node);
        mark(node, Map.of(opaqueAttribute, YES, originAttribute, NONE));
        implyWay(node, implied);
      }
    }
    for (int node : marked) {
      // Where nothing lies below a directory, overlayfs shows the marks in it, as names without a
      // file, unless the directory is said to have come from elsewhere.
      if (canBeDirectory(node)) {
        mark(node, Map.of(originAttribute, NONE));
      }
    }
    out.finish();
    List<RawName> paths = new ArrayList<>();
    for (int node : implied) {
      byte[] path = path(node).toBytes();
      names.charge(REMEMBERED + path.length);
      paths.add(RawName.ofBytes(Arrays.copyOfRange(path, 2, path.length))); // Without "./".
    }
    return new Lower(opaque.contains(NameTree.ROOT), paths);
  }

  /** Whether an attribute can be given to it, as to a directory below the root. */
  private boolean canBeDirectory(int node) {
    return node != NameTree.ROOT
        && (kind(node) == Kind.DIRECTORY
            || (kind(node) == Kind.NOTHING && !removed.contains(node) && isReachable(node)));
  }

  private void mark(int node, Map<String, RawName> attributes) throws IOException {
    write(node, TarHeader.Type.DIRECTORY, DIRECTORY_MODE, directories.get(node), attributes);
  }

  /** Directories without an entry, but for those that a whiteout parts from what is below. */
  private Set<Integer> implied() {
    Set<Integer> implied = new LinkedHashSet<>();
    for (int node = NameTree.ROOT + 1; node < kinds.length && node < names.size(); node++) {
      if (kind(node) == Kind.DIRECTORY
          && !directories.containsKey(node)
          && !removed.contains(node)) {
        implied.add(node);
      }
    }
    return implied;
  }

  /** Adds the directories that a mark alone has made, down to {@code folder}. */
  private void implyWay(int folder, Set<Integer> implied) {
    for (int at = folder; at != NameTree.ROOT; at = names.parent(at)) {
      if (kind(at) == Kind.NOTHING) {
        implied.add(at);
      }
    }
  }

  /** Whether nothing is in the way of the directories above it. */
  private boolean isReachable(int node) {
    for (int at = names.parent(node); at != NameTree.ROOT; at = names.parent(at)) {
      Kind kind = kind(at);
      if (kind == Kind.LINK || kind == Kind.OTHER) {
        return false;
      }
      if (kind == Kind.NOTHING && removed.contains(at)) {
        return false; // A mark is there, which hides all of it.
      }
    }
    return true;
  }

  private void write(
      int node,
      TarHeader.Type type,
      int mode,
      @Nullable TarMember member,
      Map<String, RawName> more)
      throws IOException {
    boolean directory = type == TarHeader.Type.DIRECTORY;
    Map<String, RawName> xattrs = new HashMap<>(more);
    if (member != null) {
      xattrs.putAll(member.portableXattrs());
    }
    out.header(
        new TarHeader(
            type,
            directory ? path(node).append(SLASH) : path(node),
            member == null ? mode : member.header().mode(),
            member == null ? 0 : member.header().uid(),
            member == null ? 0 : member.header().gid(),
            NONE,
            NONE,
            0,
            member == null ? 0 : member.header().mtime(),
            NONE,
            0,
            0,
            xattrs));
  }
}
