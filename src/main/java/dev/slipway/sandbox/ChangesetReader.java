package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.Content;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tree of a changeset of the tar that a sandbox has packed. Overlayfs' marks for what is
 * gone become those of layers (OCI image specification, layer.md, "Whiteouts"), and a hard link
 * another file with the same content. Extended attributes are kept where they mean the same on
 * every machine.
 */
final class ChangesetReader {
  private static final RawName WHITEOUT = RawName.of(".wh.");
  private static final RawName OPAQUE = RawName.of(".wh..wh..opq");
  private static final Set<String> OPAQUE_ATTRIBUTES =
      Set.of("trusted.overlay.opaque", "user.overlay.opaque", "user.fuseoverlayfs.opaque");
  private static final byte[] YES = {'y'};
  private static final int MARK_MODE = 0644;

  /** Contents up to this size are kept in memory, all together up to the other. */
  private static final int SMALL = 8 << 10;

  private static final int MOST_IN_MEMORY = 16 << 20;

  private static final int BUFFER = 256 << 10;

  /** How many files of contents lie in one folder. */
  private static final int IN_ONE_FOLDER = 4096;

  private final Path contents;
  private final Lower lower;
  private final Optional<byte[]> deviceMark;
  private final Folder root = new Folder(RawName.of("."));

  /** All folders, each behind the one that it is in. */
  private final List<Folder> folders = new ArrayList<>(List.of(root));

  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private int inMemory;
  private int files;

  /** What lies below the tree. */
  @FunctionalInterface
  interface Lower {
    /** Nothing. */
    Lower NONE = _ -> Set.of();

    /**
     * Those of {@code paths}, which begin with {@code ./}, that are directories there.
     *
     * @throws IOException if that cannot be found out
     * @throws InterruptedException if waiting for it is interrupted
     */
    Set<RawName> directories(Set<RawName> paths) throws IOException, InterruptedException;
  }

  /** A directory that is being filled. */
  private static final class Folder {
    final RawName path;
    final Map<RawName, Folder> folders = new HashMap<>();
    final TreeMap<RawName, TreeNode> children = new TreeMap<>();
    int mode = 0755;
    long uid;
    long gid;
    Map<String, RawName> xattrs = Map.of();
    boolean opaque;

    Folder(RawName path) {
      this.path = path;
    }
  }

  /**
   * A reader of one tar.
   *
   * @param contents a folder, to be made, for the contents of files
   * @param lower what lies below
   * @param deviceMark begins, for this run only, files that stand for device nodes
   */
  ChangesetReader(Path contents, Lower lower, Optional<byte[]> deviceMark) {
    this.contents = contents;
    this.lower = lower;
    this.deviceMark = deviceMark;
  }

  /**
   * Reads it. The tree is good for as long as the folder of contents is there.
   *
   * @param what what the tar is called in messages
   * @throws ImageException if it is not what a sandbox packs
   * @throws IOException if it cannot be read, or contents not be written
   */
  TreeNode.Directory read(InputStream tar, String what) throws IOException, InterruptedException {
    return read(tar, what, Set.of(), Set.of());
  }

  /**
   * The same where the tar itself has no marks.
   *
   * @param gone the paths of what is no longer there
   * @param opaque the paths of directories that another has replaced
   */
  TreeNode.Directory read(InputStream tar, String what, Set<RawName> gone, Set<RawName> opaque)
      throws IOException, InterruptedException {
    Files.createDirectories(contents);
    TarReader reader = new TarReader(tar, what);
    for (TarMember member = reader.next(); member != null; member = reader.next()) {
      add(member, reader.content(), what);
    }
    for (RawName path : gone) {
      mark(path, true, what);
    }
    for (RawName path : opaque) {
      mark(path, false, what);
    }
    return tree();
  }

  private void add(TarMember member, InputStream content, String what) throws IOException {
    TarHeader header = member.header();
    List<RawName> parts = parts(header.name());
    if (parts.isEmpty()) {
      describe(root, member);
      return;
    }
    RawName name = parts.removeLast();
    Folder parent = folder(parts, header.name(), what);
    switch (header.type()) {
      case DIRECTORY -> {
        Folder folder = new Folder(join(parent.path, name));
        describe(folder, member);
        parent.folders.put(name, folder);
        folders.add(folder);
      }
      case REGULAR -> parent.children.put(name, file(header, member, content));
      case HARDLINK -> parent.children.put(name, linked(header, what));
      case SYMLINK ->
          parent.children.put(
              name, new TreeNode.Symlink(header.uid(), header.gid(), header.linkName()));
      case FIFO ->
          parent.children.put(name, new TreeNode.Fifo(header.mode(), header.uid(), header.gid()));
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        boolean block = header.type() == TarHeader.Type.BLOCK_DEVICE;
        if (!block && header.deviceMajor() == 0 && header.deviceMinor() == 0) {
          parent.children.put(WHITEOUT.append(name), mark());
        } else {
          parent.children.put(
              name,
              new TreeNode.Device(
                  block,
                  header.mode(),
                  header.uid(),
                  header.gid(),
                  header.deviceMajor(),
                  header.deviceMinor()));
        }
      }
    }
  }

  private static void describe(Folder folder, TarMember member) {
    TarHeader header = member.header();
    folder.mode = header.mode();
    folder.uid = header.uid();
    folder.gid = header.gid();
    folder.opaque = isOpaque(member);
    folder.xattrs = member.portableXattrs();
  }

  /** Whether a directory has overlayfs' mark for one that hides what lies below it. */
  static boolean isOpaque(TarMember directory) {
    return directory.xattrs().entrySet().stream()
        .anyMatch(attribute ->
            OPAQUE_ATTRIBUTES.contains(attribute.getKey())
                && Arrays.equals(attribute.getValue(), YES));
  }

  private static TreeNode mark() {
    return new TreeNode.Regular(MARK_MODE, 0, 0, Content.NONE);
  }

  // -- Names

  /** The components of a name, without dots. */
  private static List<RawName> parts(RawName name) {
    byte[] bytes = name.toBytes();
    List<RawName> parts = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        boolean empty = i == start || (i == start + 1 && bytes[start] == '.');
        if (!empty) {
          parts.add(RawName.ofBytes(Arrays.copyOfRange(bytes, start, i)));
        }
        start = i + 1;
      }
    }
    return parts;
  }

  private static RawName join(RawName folder, RawName name) {
    return folder.append(RawName.of("/")).append(name);
  }

  private Folder folder(List<RawName> parts, RawName name, String what) throws ImageException {
    Folder at = root;
    for (RawName part : parts) {
      @Nullable Folder next = at.folders.get(part);
      if (next == null) {
        throw new ImageException(what + ": " + name + " comes before the directory that it is in");
      }
      at = next;
    }
    return at;
  }

  private TreeNode linked(TarHeader header, String what) throws ImageException {
    List<RawName> parts = parts(header.linkName());
    if (!parts.isEmpty()) {
      RawName last = parts.removeLast();
      @Nullable TreeNode target = folder(parts, header.linkName(), what).children.get(last);
      if (target != null) {
        return target;
      }
    }
    throw new ImageException(
        what
            + ": "
            + header.name()
            + " is a hard link to "
            + header.linkName()
            + ", which is not there");
  }

  // -- Contents

  private TreeNode file(TarHeader header, TarMember member, InputStream in) throws IOException {
    Content content = content(header.size(), in);
    Optional<TreeNode> device = device(header, content);
    return device.isPresent()
        ? device.get()
        : new TreeNode.Regular(
            header.mode(), header.uid(), header.gid(), member.portableXattrs(), content);
  }

  private Content content(long size, InputStream in) throws IOException {
    if (size == 0) {
      return Content.NONE;
    }
    if (size <= SMALL && inMemory + size <= MOST_IN_MEMORY) {
      inMemory += (int) size;
      return Content.of(in.readNBytes((int) size));
    }
    if (files % IN_ONE_FOLDER == 0) {
      Files.createDirectory(contents.resolve(Integer.toString(files / IN_ONE_FOLDER)));
    }
    Path file = contents.resolve(files / IN_ONE_FOLDER + "/" + files % IN_ONE_FOLDER);
    files++;
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      spool(size, in, out);
    }
    return Content.of(file);
  }

  /** Writes a content; where there are only zeros, a hole is left. */
  private void spool(long size, InputStream in, FileChannel out) throws IOException {
    long at = 0;
    while (at < size) {
      int count = in.readNBytes(buffer.array(), 0, (int) Math.min(BUFFER, size - at));
      boolean last = at + count == size;
      if (last || !isZero(buffer.array(), count)) {
        buffer.clear().limit(count);
        long place = at;
        while (buffer.hasRemaining()) {
          place += out.write(buffer, place);
        }
      }
      at += count;
    }
  }

  private static boolean isZero(byte[] bytes, int count) {
    return count > 0 && bytes[0] == 0 && Arrays.equals(bytes, 0, count - 1, bytes, 1, count);
  }

  /** The device node that a file stands for: its mark, then {@code c 1 3} and a newline. */
  private Optional<TreeNode> device(TarHeader header, Content content) {
    if (deviceMark.isEmpty() || !(content instanceof Content.Bytes(byte[] bytes))) {
      return Optional.empty();
    }
    byte[] mark = deviceMark.get();
    if (bytes.length <= mark.length
        || !Arrays.equals(bytes, 0, mark.length, mark, 0, mark.length)) {
      return Optional.empty();
    }
    String[] words =
        RawName.ofBytes(Arrays.copyOfRange(bytes, mark.length, bytes.length))
            .toString()
            .strip()
            .split(" ", -1);
    try {
      long major = Long.parseLong(words[1]);
      long minor = Long.parseLong(words[2]);
      boolean block = words[0].equals("b");
      return Optional.of(
          new TreeNode.Device(block, header.mode(), header.uid(), header.gid(), major, minor));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty(); // Somebody has written to it: a file after all.
    }
  }

  // -- The tree

  private void mark(RawName path, boolean whiteout, String what) throws ImageException {
    List<RawName> parts = parts(path);
    if (whiteout) {
      RawName name = parts.removeLast();
      folder(parts, path, what).children.put(WHITEOUT.append(name), mark());
    } else {
      folder(parts, path, what).children.put(OPAQUE, mark());
    }
  }

  private TreeNode.Directory tree() throws IOException, InterruptedException {
    Set<RawName> candidates = new TreeSet<>();
    for (Folder folder : folders) {
      if (folder.opaque) {
        candidates.add(folder.path);
      }
    }
    Set<RawName> hiding = candidates.isEmpty() ? Set.of() : lower.directories(candidates);
    for (Folder folder : folders.reversed()) {
      if (folder.opaque && hiding.contains(folder.path)) {
        folder.children.put(OPAQUE, mark());
      }
      // What is in it was put behind it, so all of that is finished.
      folder.folders.forEach((name, child) -> folder.children.put(name, finished(child)));
    }
    return finished(root);
  }

  private static TreeNode.Directory finished(Folder folder) {
    return new TreeNode.Directory(
        folder.mode, folder.uid, folder.gid, folder.xattrs, folder.children);
  }
}
