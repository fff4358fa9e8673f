package dev.slipway.transport;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bytes of an archive, wherever they lie, for several threads to read. */
interface StoredBytes extends Closeable {
  /** How many there are. */
  long size();

  /** As {@link FileChannel#read(ByteBuffer, long)}; it may stop short of what is asked for. */
  int read(ByteBuffer target, long position) throws IOException;

  /** As {@link FileChannel#transferTo}. */
  long transferTo(long position, long count, WritableByteChannel out) throws IOException;

  /**
   * Whether the bytes are still those of the beginning.
   *
   * @param position where those lie that are asked about; negative for all of them
   */
  boolean areUnchanged(long position) throws IOException;

  /**
   * Which file the bytes at {@code position} lie in; none if that is a copy of our own.
   *
   * @param position where they lie in the archive
   */
  Optional<Place> place(long position);

  /**
   * A file and a place in it.
   *
   * @param file the file
   * @param offset where in it
   */
  record Place(FileIdentity file, long offset) {}

  /**
   * The bytes of one file.
   *
   * @param channel reads it
   * @param size how many there are
   * @param identity which file it is; null if it is a copy that nobody else can reach
   */
  record OneFile(FileChannel channel, long size, @Nullable FileIdentity identity)
      implements StoredBytes {
    static OneFile of(FileChannel channel, @Nullable FileIdentity identity) throws IOException {
      return new OneFile(channel, channel.size(), identity);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      return channel.read(target, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel out) throws IOException {
      return channel.transferTo(position, count, out);
    }

    @Override
    public boolean areUnchanged(long position) throws IOException {
      return identity == null || identity.holds();
    }

    @Override
    public Optional<Place> place(long position) {
      return identity == null ? Optional.empty() : Optional.of(new Place(identity, position));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
