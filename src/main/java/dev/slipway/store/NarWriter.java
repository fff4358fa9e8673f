package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.files.os.SystemCalls;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes one tree as a NAR and, where a place is given, makes it on disk in the same pass: so what
 * is hashed is what was copied, even while the source is being changed.
 */
final class NarWriter {
  private static final int BUFFER_SIZE = 256 * 1024;

  private static final byte[] MAGIC = tokens("nix-archive-1");
  private static final byte[] REGULAR = tokens("(", "type", "regular");
  private static final byte[] EXECUTABLE = tokens("executable", "");
  private static final byte[] CONTENTS = tokens("contents");
  private static final byte[] SYMLINK = tokens("(", "type", "symlink", "target");
  private static final byte[] DIRECTORY = tokens("(", "type", "directory");
  private static final byte[] ENTRY = tokens("entry", "(", "name");
  private static final byte[] NODE = tokens("node");
  private static final byte[] END = tokens(")");

  /** The time that every object in a store carries. */
  private static final FileTime MODIFIED = FileTime.from(1, TimeUnit.SECONDS);

  private static final Set<PosixFilePermission> PLAIN =
      PosixFilePermissions.fromString("r--r--r--");
  private static final Set<PosixFilePermission> OPEN = PosixFilePermissions.fromString("r-xr-xr-x");

  private final WritableByteChannel out;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE).order(ByteOrder.LITTLE_ENDIAN);

  NarWriter(WritableByteChannel out) {
    this.out = out;
  }

  private static byte[] tokens(String... words) {
    ByteBuffer all = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
    for (String word : words) {
      byte[] bytes = word.getBytes(StandardCharsets.US_ASCII);
      all.putLong(bytes.length).put(bytes).position(all.position() + padding(bytes.length));
    }
    byte[] result = new byte[all.position()];
    all.get(0, result);
    return result;
  }

  /** How many zeros bring {@code length} bytes to a multiple of eight. */
  private static int padding(long length) {
    return (int) (-length & 7);
  }

  /** Writes the NAR of {@code node}; makes it at {@code destination} too unless that is null. */
  void write(NarNode node, @Nullable Path destination) throws IOException {
    put(MAGIC);
    node(node, destination);
    flush();
  }

  private void node(NarNode node, @Nullable Path to) throws IOException {
    switch (node) {
      case NarNode.OnDisk(Path path) -> onDisk(path, to);
      case NarNode.Symlink(RawName target) -> symlink(target, to);
      case NarNode.Directory directory -> directory(directory, to);
      case NarNode.Regular file -> regular(file, to);
    }
  }

  private void onDisk(Path path, @Nullable Path to) throws IOException {
    FileStatus status = FileStatus.of(path);
    switch (status.kind()) {
      case REGULAR -> regular(path, (status.mode() & 0100) != 0, to);
      case SYMLINK -> symlink(RawName.linkTarget(path), to);
      case DIRECTORY -> {
        openDirectory(to);
        for (DirectoryEntry entry : DirectoryEntry.list(path)) {
          startEntry(entry.name());
          onDisk(entry.path(), to == null ? null : entry.name().resolveIn(to));
          put(END);
        }
        closeDirectory(to);
      }
      case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, SOCKET ->
          throw new ImageException(
              path
                  + " is a "
                  + status.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                  + "; a store object holds only files, directories and symbolic links");
    }
  }

  private void directory(NarNode.Directory directory, @Nullable Path to) throws IOException {
    openDirectory(to);
    for (Map.Entry<RawName, NarNode> entry : directory.entries().entrySet()) {
      startEntry(entry.getKey());
      node(entry.getValue(), to == null ? null : entry.getKey().resolveIn(to));
      put(END);
    }
    closeDirectory(to);
  }

  private void openDirectory(@Nullable Path to) throws IOException {
    if (to != null) {
      Files.createDirectory(to);
    }
    put(DIRECTORY);
  }

  private void startEntry(RawName name) throws IOException {
    put(ENTRY);
    string(name.toBytes());
    put(NODE);
  }

  private void closeDirectory(@Nullable Path to) throws IOException {
    put(END);
    if (to != null) {
      canonicalise(to, OPEN);
    }
  }

  private void symlink(RawName target, @Nullable Path to) throws IOException {
    put(SYMLINK);
    string(target.toBytes());
    put(END);
    if (to != null) {
      SystemCalls.symlink(target, to);
      canonicalise(to, null);
    }
  }

  private void regular(Path path, boolean executable, @Nullable Path to) throws IOException {
    try (FileChannel in =
            FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
        CopyTarget copy = new CopyTarget(to)) {
      long size = in.size();
      startRegular(size, executable);
      long left = size;
      while (left > 0) {
        if (!buffer.hasRemaining()) {
          flush();
        }
        int start = buffer.position();
        buffer.limit((int) Math.min(buffer.capacity(), start + left));
        int read = in.read(buffer);
        buffer.limit(buffer.capacity());
        if (read < 0) {
          throw changed(path);
        }
        copy.write(buffer.duplicate().limit(buffer.position()).position(start));
        left -= read;
      }
      if (in.size() != size) {
        throw changed(path);
      }
      endRegular(size);
    }
    if (to != null) {
      canonicalise(to, executable ? OPEN : PLAIN);
    }
  }

  private static ImageException changed(Path path) {
    return new ImageException(path + " changed its size while it was read");
  }

  private void regular(NarNode.Regular file, @Nullable Path to) throws IOException {
    startRegular(file.size(), file.executable());
    try (CopyTarget copy = new CopyTarget(to)) {
      ContentChannel content = new ContentChannel(copy, file.size());
      file.content().writeTo(content);
      if (content.left != 0) {
        throw new ImageException(
            "a file's content ended " + content.left + " bytes before its " + file.size());
      }
    }
    endRegular(file.size());
    if (to != null) {
      canonicalise(to, file.executable() ? OPEN : PLAIN);
    }
  }

  private void startRegular(long size, boolean executable) throws IOException {
    put(REGULAR);
    if (executable) {
      put(EXECUTABLE);
    }
    put(CONTENTS);
    room(Long.BYTES);
    buffer.putLong(size);
  }

  private void endRegular(long size) throws IOException {
    zeros(padding(size));
    put(END);
  }

  /** Gives a directory the mode and time that those in a store have. */
  static void canonicaliseDirectory(Path path) throws IOException {
    canonicalise(path, OPEN);
  }

  /** Gives a file the mode and time that those in a store have. */
  static void canonicaliseFile(Path path, boolean executable) throws IOException {
    canonicalise(path, executable ? OPEN : PLAIN);
  }

  /** Gives a symbolic link the time that those in a store have. */
  static void canonicaliseLink(Path path) throws IOException {
    canonicalise(path, null);
  }

  private static void canonicalise(Path path, @Nullable Set<PosixFilePermission> permissions)
      throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (permissions != null) {
      view.setPermissions(permissions);
    }
    view.setTimes(MODIFIED, null, null);
  }

  private void string(byte[] bytes) throws IOException {
    room(Long.BYTES);
    buffer.putLong(bytes.length);
    put(bytes);
    zeros(padding(bytes.length));
  }

  private void zeros(int count) throws IOException {
    room(count);
    for (int i = 0; i < count; i++) {
      buffer.put((byte) 0);
    }
  }

  private void put(byte[] bytes) throws IOException {
    room(bytes.length);
    if (bytes.length <= buffer.remaining()) {
      buffer.put(bytes);
      return;
    }
    // Only a made-up link or name is so long; whether a file system takes it is seen later.
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      out.write(rest);
    }
  }

  private void room(int length) throws IOException {
    if (buffer.remaining() < length) {
      flush();
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      out.write(buffer);
    }
    buffer.clear();
  }

  /** A new file that gets a copy of a content, or nothing at all. */
  private static final class CopyTarget implements AutoCloseable {
    private final @Nullable Path path;
    private final @Nullable FileChannel file;

    CopyTarget(@Nullable Path path) throws IOException {
      this.path = path;
      this.file =
          path == null
              ? null
              : FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    }

    void write(ByteBuffer bytes) throws IOException {
      if (file != null) {
        try {
          while (bytes.hasRemaining()) {
            file.write(bytes);
          }
        } catch (IOException e) {
          // A full disk, most of the time; the JDK does not say of which file.
          throw new IOException("cannot write " + path + ": " + e.getMessage(), e);
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (file != null) {
        file.close();
      }
    }
  }

  /** Takes a made-up file's content, and no more than there should be. */
  private final class ContentChannel implements WritableByteChannel {
    private final CopyTarget copy;
    private long left;

    ContentChannel(CopyTarget copy, long size) {
      this.copy = copy;
      this.left = size;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int length = bytes.remaining();
      if (length > left) {
        throw new ImageException("a file's content is longer than was said of it");
      }
      copy.write(bytes.duplicate());
      while (bytes.hasRemaining()) {
        if (!buffer.hasRemaining()) {
          flush();
        }
        int part = Math.min(bytes.remaining(), buffer.remaining());
        buffer.put(bytes.slice(bytes.position(), part));
        bytes.position(bytes.position() + part);
      }
      left -= length;
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
