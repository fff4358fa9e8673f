package dev.slipway.debian;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarReader;
import dev.slipway.oci.ImageException;
import dev.slipway.store.NarNode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A package's file (deb(5)): an {@code ar} archive whose member {@code data.tar} has the files of
 * the package.
 *
 * <p>Of these a store keeps what a NAR does: contents, executable bits, links. Owners, set-user-ID
 * bits and times are lost, hard links become files, and devices are left out. Directories that are
 * links in Debian since {@code /usr} was merged, {@code /bin} and {@code /lib} for two, are taken
 * for where they lead.
 */
final class DebFile {
  private static final String MAGIC = "!<arch>\n";
  private static final int HEADER = 60;

  /** More than any package of Debian's has. */
  private static final long MOST_BYTES = 32L << 30;

  private static final int MOST_FILES = 1 << 20;

  /** PATH_MAX of Linux. */
  private static final int MOST_PATH = 4096;

  /** NAME_MAX of Linux. */
  private static final int MOST_NAME = 255;

  private static final Set<String> MERGED =
      Set.of("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32");

  private DebFile() {}

  /**
   * Puts the files of a package into a tree.
   *
   * @param spool a new file, which must stay as long as the tree is used
   * @throws ImageException if it is no package, or not well-formed
   */
  static void read(Path file, String name, Path spool, PackageTree tree) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        OutputStream out = Files.newOutputStream(spool, StandardOpenOption.CREATE_NEW)) {
      data(in, name, out);
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(spool))) {
      TarReader tar = new TarReader(in, name);
      int count = 0;
      for (TarMember member = tar.next(); member != null; member = tar.next()) {
        if (++count > MOST_FILES) {
          throw new ImageException(name + ": more than " + MOST_FILES + " files");
        }
        add(member, name, spool, tree);
      }
    }
  }

  private static void data(InputStream in, String name, OutputStream out) throws IOException {
    if (!text(in.readNBytes(MAGIC.length())).equals(MAGIC)) {
      throw new ImageException(name + ": expected a Debian package");
    }
    while (true) {
      byte[] header = in.readNBytes(HEADER);
      if (header.length < HEADER) {
        throw new ImageException(name + ": a Debian package without data.tar");
      }
      String member = text(header).substring(0, 16).strip().replaceFirst("/$", "");
      long size = size(text(header).substring(48, 58).strip(), name);
      if (member.startsWith("data.tar")) {
        if (!List.of("data.tar", "data.tar.gz", "data.tar.xz", "data.tar.zst").contains(member)) {
          throw new ImageException(
              name + ": " + member + ": compressed in a way that is not known");
        }
        try (InputStream content =
            Unpacked.open(new Bounded(in, size, name), member, name + ": " + member, MOST_BYTES)) {
          content.transferTo(out);
        }
        return;
      }
      try {
        in.skipNBytes(size + size % 2);
      } catch (EOFException e) {
        throw new ImageException(name + ": is cut short", e);
      }
    }
  }

  private static long size(String digits, String name) throws ImageException {
    try {
      long size = Long.parseLong(digits);
      if (size >= 0) {
        return size;
      }
    } catch (NumberFormatException _) {
      // Said below.
    }
    throw new ImageException(name + ": expected a size, found '" + digits + "'");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static void add(TarMember member, String name, Path spool, PackageTree tree)
      throws IOException {
    TarHeader header = member.header();
    List<RawName> place = place(header.name(), name);
    if (place.isEmpty() || isMergedLink(place, header)) {
      return;
    }
    if (header.type() == TarHeader.Type.DIRECTORY) {
      tree.directory(place);
      return;
    }
    PackageTree folder = tree.directory(place.subList(0, place.size() - 1));
    if (folder == null) {
      throw new ImageException(name + ": " + header.name() + " is not in a directory");
    }
    switch (header.type()) {
      case SYMLINK -> {
        if (header.linkName().length() >= MOST_PATH || hasZero(header.linkName())) {
          throw new ImageException(name + ": " + header.name() + " is a link to nowhere");
        }
        folder.put(place.getLast(), new NarNode.Symlink(header.linkName()));
      }
      case HARDLINK -> {
        List<RawName> target = place(header.linkName(), name);
        NarNode linked = target.isEmpty() ? null : tree.find(target);
        if (linked == null) {
          throw new ImageException(
              "%s: %s is a link to %s, which there is not"
                  .formatted(name, header.name(), header.linkName()));
        }
        folder.put(place.getLast(), linked);
      }
      case REGULAR -> {
        if (member.sparse()) {
          throw new ImageException(name + ": " + header.name() + " is sparse");
        }
        long start = member.contentOffset();
        long size = header.size();
        boolean executable = (header.mode() & 0100) != 0;
        folder.put(
            place.getLast(),
            new NarNode.Regular(size, executable, out -> copy(spool, start, size, out)));
      }
      default -> {}
    }
  }

  /** Whether it is a link that says what is done here anyway, such as {@code /bin}. */
  private static boolean isMergedLink(List<RawName> place, TarHeader header) {
    return header.type() == TarHeader.Type.SYMLINK
        && place.size() == 2
        && place.getFirst().toString().equals("usr")
        && MERGED.contains(place.getLast().toString())
        && header.linkName().toString().replaceFirst("^/", "").equals("usr/" + place.getLast());
  }

  /** The components of a name, where they lie since {@code /usr} was merged. */
  private static List<RawName> place(RawName name, String archive) throws ImageException {
    List<RawName> place = new ArrayList<>();
    byte[] bytes = name.toBytes();
    if (bytes.length >= MOST_PATH || hasZero(name)) {
      throw new ImageException(archive + ": a name that no file can have");
    }
    int start = 0;
    for (int i = 0; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        RawName component = RawName.ofBytes(Arrays.copyOfRange(bytes, start, i));
        String text = component.toString();
        if (text.equals("..")) {
          throw new ImageException(archive + ": " + name + " leads out of the package");
        }
        if (component.length() > MOST_NAME) {
          throw new ImageException(archive + ": " + name + " has too long a name");
        }
        if (component.length() > 0 && !text.equals(".")) {
          place.add(component);
        }
        start = i + 1;
      }
    }
    if (!place.isEmpty() && MERGED.contains(place.getFirst().toString())) {
      place.addFirst(RawName.of("usr"));
    }
    return place;
  }

  private static boolean hasZero(RawName name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.at(i) == 0) {
        return true;
      }
    }
    return false;
  }

  private static void copy(Path file, long start, long size, WritableByteChannel out)
      throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      for (long done = 0; done < size; ) {
        long count = in.transferTo(start + done, size - done, out);
        if (count <= 0) {
          throw new EOFException(file + ": ends too early");
        }
        done += count;
      }
    }
  }

  /** Ends after so many bytes, and leaves the rest to be read. */
  private static final class Bounded extends FilterInputStream {
    private final String name;
    private long left;

    Bounded(InputStream in, long size, String name) {
      super(in);
      this.name = name;
      this.left = size;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      if (left == 0) {
        return -1;
      }
      int read = super.read(bytes, from, (int) Math.min(count, left));
      if (read < 0) {
        throw new ImageException(name + ": is cut short");
      }
      left -= read;
      return read;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] skipped = new byte[(int) Math.min(count, 8192)];
      return Math.max(0, read(skipped, 0, skipped.length));
    }

    @Override
    public int available() throws IOException {
      return (int) Math.min(left, super.available());
    }

    @Override
    public void close() {
      // What follows is not ours.
    }
  }
}
