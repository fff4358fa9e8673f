package dev.slipway.sandbox;

import dev.slipway.layer.BulkInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A disk without a file system: tars one behind the other, each from the start of a block on. */
final class TarDisk implements Closeable {
  private static final int BLOCK = 64 << 10;

  private final FileChannel file;
  private long blocks;

  /**
   * Where a tar is.
   *
   * @param first its first block of 64 KiB
   * @param count how many it has, the last filled up with zeros
   */
  record Place(long first, long count) {
    @Override
    public String toString() {
      return first + ":" + count;
    }
  }

  /** A disk in a new file. */
  TarDisk(Path file) throws IOException {
    this.file =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ);
  }

  /** Adds a tar. */
  Place add(TarSource tar) throws IOException {
    long first = blocks;
    file.position(first * BLOCK);
    tar.writeTo(file);
    blocks = Math.max(first + 1, Math.ceilDiv(file.position(), BLOCK));
    return new Place(first, blocks - first);
  }

  /** The blocks of a tar that was added. */
  InputStream read(Place place) {
    return new Section(place.first() * BLOCK, (place.first() + place.count()) * BLOCK);
  }

  /** How many bytes it has. */
  long size() {
    return blocks * BLOCK;
  }

  /** Fills the last block up. */
  @Override
  public void close() throws IOException {
    try (file) {
      if (size() > file.size()) {
        file.write(ByteBuffer.allocate(1), Math.max(size(), BLOCK) - 1);
      }
    }
  }

  /** A part of the disk, whose last block may not be filled up yet. */
  private final class Section extends BulkInputStream {
    private long position;
    private final long end;

    Section(long position, long end) {
      this.position = position;
      this.end = end;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      int most = (int) Math.min(length, end - position);
      if (most == 0) {
        return length == 0 ? 0 : -1;
      }
      int count = file.read(ByteBuffer.wrap(target, start, most), position);
      position += Math.max(0, count);
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
