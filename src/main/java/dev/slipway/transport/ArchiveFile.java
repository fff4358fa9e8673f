package dev.slipway.transport;

import dev.slipway.layer.BulkInputStream;
import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * The uncompressed bytes of an archive, to be read from any place by several threads: those of the
 * file itself, or, where that is compressed or a pipe, of a copy in the spool directory. The copy
 * loses its name as soon as it has been opened, so nothing is left of it whatever happens.
 */
final class ArchiveFile implements Closeable {
  private static final int COPY_BUFFER = 256 << 10;

  /** How much is asked of the kernel in one transfer, so that an interrupt is soon felt. */
  private static final long TRANSFER = 16 << 20;

  private final String name;
  private final StoredBytes bytes;
  private final Compression compression;

  private ArchiveFile(String name, StoredBytes bytes, Compression compression) {
    this.name = name;
    this.compression = compression;
    this.bytes = bytes;
  }

  /** The files of a layout as one. */
  static ArchiveFile of(LayoutFolder folder) {
    return new ArchiveFile(folder.name(), folder, Compression.NONE);
  }

  static ArchiveFile open(Path file, Path spoolDirectory, ArchiveLimits limits) throws IOException {
    String name = file.toString();
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new ImageException(name + ": expected an image archive, found a directory");
    }
    FileIdentity identity = FileIdentity.of(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      InputStream stored = new BufferedInputStream(Channels.newInputStream(channel), COPY_BUFFER);
      Compression compression = compression(stored, name);
      if (compression == Compression.NONE && attributes.isRegularFile()) {
        ArchiveFile opened =
            new ArchiveFile(name, StoredBytes.OneFile.of(channel, identity), compression);
        opened.checkUnchanged(); // What was opened is what was looked at.
        return opened;
      }
      try (channel;
          InputStream plain = compression.decompress(stored, name)) {
        FileChannel copy = spool(plain, name, spoolDirectory, limits);
        return new ArchiveFile(name, StoredBytes.OneFile.of(copy, null), compression);
      }
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** How {@code in} is compressed, which supports marks and stays where it was. */
  static Compression compression(InputStream in, String what) throws IOException {
    in.mark(Compression.MAGIC_SIZE);
    byte[] head = in.readNBytes(Compression.MAGIC_SIZE);
    in.reset();
    return Compression.detect(head, what);
  }

  /** A copy of {@code plain}, made now. */
  static ArchiveFile spooled(
      InputStream plain, String name, Path spoolDirectory, ArchiveLimits limits)
      throws IOException {
    FileChannel copy = spool(plain, name, spoolDirectory, limits);
    return new ArchiveFile(name, StoredBytes.OneFile.of(copy, null), Compression.NONE);
  }

  private static FileChannel spool(
      InputStream plain, String name, Path spoolDirectory, ArchiveLimits limits)
      throws IOException {
    Path copy = Files.createTempFile(spoolDirectory, ".slipway-", ".tar");
    FileChannel channel;
    try {
      channel = FileChannel.open(copy, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(copy);
    }
    try {
      long free = Files.getFileStore(spoolDirectory).getUsableSpace();
      long bound = Math.min(limits.spoolBytes(), free - free / 10);
      byte[] buffer = new byte[COPY_BUFFER];
      long total = 0;
      int count;
      while ((count = plain.read(buffer)) > 0) {
        total += count;
        if (total > bound) {
          throw new ImageException(
              "%s: decompresses to more than the %d bytes that are allowed in %s"
                  .formatted(name, bound, spoolDirectory));
        }
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      return channel;
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /** The archive as the user knows it. */
  String name() {
    return name;
  }

  /** How the file was compressed. */
  Compression compression() {
    return compression;
  }

  /** Which file the bytes from {@code offset} on lie in; none if they are a copy's. */
  Optional<StoredBytes.Place> place(long offset) {
    return bytes.place(offset);
  }

  /** How many bytes there are. */
  long size() {
    return bytes.size();
  }

  /** Fills {@code target} with the bytes from {@code offset} on. */
  void read(long offset, ByteBuffer target) throws IOException {
    long position = offset;
    while (target.hasRemaining()) {
      int count = bytes.read(target, position);
      if (count < 0) {
        throw changed();
      }
      position += count;
    }
  }

  /** Whether the bytes at two places, in this archive and in another, are the same. */
  boolean isSame(long offset, ArchiveFile other, long otherOffset, long length) throws IOException {
    ByteBuffer here = ByteBuffer.allocateDirect(COPY_BUFFER);
    ByteBuffer there = ByteBuffer.allocateDirect(COPY_BUFFER);
    for (long done = 0; done < length; done += COPY_BUFFER) {
      int count = (int) Math.min(COPY_BUFFER, length - done);
      read(offset + done, here.clear().limit(count));
      other.read(otherOffset + done, there.clear().limit(count));
      if (!here.flip().equals(there.flip())) {
        return false;
      }
    }
    return true;
  }

  /** All the bytes. */
  InputStream stream() {
    return section(0, size());
  }

  /** Some of the bytes. */
  InputStream section(long offset, long length) {
    return new Section(offset, length);
  }

  /** Writes some of the bytes; to a file or a socket they go straight. */
  void transfer(long offset, long length, WritableByteChannel out) throws IOException {
    checkUnchanged(offset);
    transferUnchecked(offset, length, out);
    checkUnchanged(offset);
  }

  /** The same for one of many pieces, after which the caller sees that the file is unchanged. */
  void transferUnchecked(long offset, long length, WritableByteChannel out) throws IOException {
    long position = offset;
    long left = length;
    while (left > 0) {
      long count = bytes.transferTo(position, Math.min(left, TRANSFER), out);
      if (count <= 0) {
        throw changed();
      }
      position += count;
      left -= count;
    }
  }

  /**
   * Refuses to go on if the file is no longer what was opened.
   *
   * @throws ImageException then
   */
  void checkUnchanged() throws IOException {
    checkUnchanged(-1);
  }

  /** The same of the file that has the bytes at {@code offset}, where there are several. */
  void checkUnchanged(long offset) throws IOException {
    if (!bytes.areUnchanged(offset)) {
      throw changed();
    }
  }

  private ImageException changed() {
    return new ImageException(name + ": changed while it was read");
  }

  @Override
  public void close() throws IOException {
    bytes.close();
  }

  private final class Section extends BulkInputStream {
    private long position;
    private final long end;

    Section(long offset, long length) {
      this.position = offset;
      this.end = offset + length;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (position == end) {
        return -1;
      }
      int most = (int) Math.min(length, end - position);
      int count = bytes.read(ByteBuffer.wrap(target, start, most), position);
      if (count < 0) {
        throw changed();
      }
      position += count;
      return count;
    }

    @Override
    public long skip(long count) {
      long skipped = Math.max(0, Math.min(count, end - position));
      position += skipped;
      return skipped;
    }
  }
}
