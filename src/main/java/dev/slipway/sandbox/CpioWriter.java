package dev.slipway.sandbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Writes the archive that Linux unpacks as its first file system: cpio in the "newc" form (Linux,
 * driver-api/early-userspace/buffer-format.rst). All is root's and of the same time, so the same
 * members make the same bytes. Directories on the way to a member are made with it.
 */
final class CpioWriter implements Closeable {
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int SYMLINK = 0120000;
  private static final int ALIGNMENT = 4;

  /** A size is eight hexadecimal digits. */
  private static final long LARGEST = 0xffff_ffffL;

  private final OutputStream out;
  private final Set<String> members = new HashSet<>();
  private int inode;

  /** A writer that has written nothing; closing it ends the archive and closes {@code out}. */
  CpioWriter(OutputStream out) {
    this.out = out;
  }

  /** Adds a directory, mode 0755, if it is not there. */
  void directory(String path) throws IOException {
    if (isNew(path)) {
      header(path, DIRECTORY | 0755, 0);
    }
  }

  /** Adds a file. */
  void file(String path, int mode, byte[] content) throws IOException {
    if (isNew(path)) {
      header(path, REGULAR | mode, content.length);
      out.write(content);
      pad(content.length);
    }
  }

  /** Adds a file with the content of another. */
  void file(String path, int mode, Path source) throws IOException {
    if (isNew(path)) {
      long size = Files.size(source);
      header(path, REGULAR | mode, size);
      try (InputStream in = Files.newInputStream(source)) {
        if (in.transferTo(out) != size) {
          throw new IOException(source + " changed while it was read");
        }
      }
      pad(size);
    }
  }

  /** Adds a symbolic link. */
  void symlink(String path, String target) throws IOException {
    if (isNew(path)) {
      byte[] bytes = target.getBytes(StandardCharsets.UTF_8);
      header(path, SYMLINK | 0777, bytes.length);
      out.write(bytes);
      pad(bytes.length);
    }
  }

  @Override
  public void close() throws IOException {
    try (out) {
      inode = 0;
      header("TRAILER!!!", 0, 0);
    }
  }

  /** Whether no such member is there; then the directories that it lies in are. */
  private boolean isNew(String path) throws IOException {
    if (path.startsWith("/") || path.isEmpty()) {
      throw new IllegalArgumentException("no name of a member: " + path);
    }
    if (!members.add(path)) {
      return false;
    }
    int slash = path.lastIndexOf('/');
    if (slash > 0) {
      directory(path.substring(0, slash));
    }
    return true;
  }

  private void header(String path, int mode, long size) throws IOException {
    if (size > LARGEST) {
      throw new IOException(path + " is too large for a machine's first file system");
    }
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    StringBuilder header = new StringBuilder("070701");
    long[] fields = {inode++, mode, 0, 0, 1, 0, size, 0, 0, 0, 0, name.length + 1, 0};
    // In the order of the format: the number of links comes fifth, after the owner.
    for (long field : fields) {
      header.append(String.format(Locale.ROOT, "%08x", field));
    }
    out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
    out.write(name);
    out.write(0);
    pad(header.length() + name.length + 1L);
  }

  private void pad(long written) throws IOException {
    for (long rest = -written & (ALIGNMENT - 1); rest > 0; rest--) {
      out.write(0);
    }
  }
}
