package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the members of a tar that a {@link FlatTree} is. */
final class FlatTreeWriter {
  private static final RawName ROOT_USER = RawName.of("root");
  private static final RawName NONE = RawName.of("");
  private static final int DIRECTORY_MODE = 0755;

  /** What Linux says of any symbolic link. */
  private static final int LINK_MODE = 0777;

  private final FlatTree tree;
  private final TarWriter out;
  private final long mtime;
  private final Deque<Folder> open = new ArrayDeque<>();
  private byte[] path = new byte[256];

  /** A directory that is being written: what is in it, how much of that is done, its name's end. */
  private static final class Folder {
    private final int[] children;
    private final int end;
    private int next;

    Folder(int[] children, int end) {
      this.children = children;
      this.end = end;
    }
  }

  FlatTreeWriter(FlatTree tree, TarWriter out, long mtime) {
    this.tree = tree;
    this.out = out;
    this.mtime = mtime;
  }

  void write() throws IOException {
    path[0] = '.';
    folder(NameTree.ROOT, 1);
    while (!open.isEmpty()) {
      Folder folder = open.getLast();
      if (folder.next == folder.children.length) {
        open.removeLast();
      } else {
        child(folder.children[folder.next++], folder.end);
      }
    }
  }

  private void child(int node, int start) throws IOException {
    NameTree names = tree.names();
    reserve(start + names.length(node) + 1);
    int end = names.copyName(node, path, start);
    LayerEntries entries = tree.entries(node);
    if (entries == null || entries.type(tree.row(node)) == TarHeader.Type.DIRECTORY) {
      folder(node, end);
    } else {
      file(node, entries, tree.row(node), end);
    }
  }

  private void reserve(int length) {
    if (length > path.length) {
      path = Arrays.copyOf(path, Math.max(length, 2 * path.length));
    }
  }

  private void folder(int node, int end) throws IOException {
    path[end] = '/';
    @Nullable LayerEntries entries = node == NameTree.ROOT ? null : tree.entries(node);
    int row = tree.row(node);
    TarHeader.Type type = TarHeader.Type.DIRECTORY;
    if (entries == null) {
      out.header(header(type, end + 1, DIRECTORY_MODE, 0, 0, 0, NONE, 0, 0, Map.of()));
    } else {
      long uid = entries.uid(row);
      long gid = entries.gid(row);
      out.header(
          header(type, end + 1, entries.mode(row), uid, gid, 0, NONE, 0, 0, entries.xattrs(row)));
    }
    open.addLast(new Folder(tree.children(node), end + 1));
  }

  private void file(int node, LayerEntries entries, int row, int end) throws IOException {
    TarHeader.Type type = entries.type(row);
    boolean link = type == TarHeader.Type.SYMLINK;
    boolean regular = type == TarHeader.Type.REGULAR;
    boolean device = type == TarHeader.Type.CHARACTER_DEVICE || type == TarHeader.Type.BLOCK_DEVICE;
    out.header(
        header(
            type,
            end,
            link ? LINK_MODE : entries.mode(row),
            entries.uid(row),
            entries.gid(row),
            regular ? entries.size(row) : 0,
            link ? entries.target(row) : NONE,
            device ? entries.size(row) : 0,
            device ? entries.offset(row) : 0,
            entries.xattrs(row)));
    if (regular && entries.size(row) > 0) {
      LayerContents contents = tree.contents(node);
      if (entries.sparse(row)) {
        contents.copySparse(entries.offset(row), out);
      } else {
        contents.copy(entries.offset(row), entries.size(row), out);
      }
    }
  }

  private TarHeader header(
      TarHeader.Type type,
      int end,
      int mode,
      long uid,
      long gid,
      long size,
      RawName target,
      long major,
      long minor,
      Map<String, RawName> xattrs) {
    return new TarHeader(
        type,
        RawName.ofBytes(Arrays.copyOf(path, end)),
        mode,
        uid,
        gid,
        uid == 0 ? ROOT_USER : NONE,
        NONE,
        size,
        mtime,
        target,
        major,
        minor,
        xattrs);
  }
}
