package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.Map;

/**
 * Writes a tar member by member: each {@link #header} is followed by as many bytes of content as it
 * says. The output depends on the headers and contents alone. Small pieces are collected, so the
 * channel sees few large writes; it is not closed.
 */
public final class TarWriter {
  /** What the whole archive is padded to a multiple of: GNU tar's and Python's record. */
  static final int RECORD = 20 * HeaderEncoder.BLOCK;

  private static final int BUFFER = 256 << 10;

  private final WritableByteChannel out;
  private final HeaderEncoder encoder;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private long position;
  private long missing;
  private int padding;

  /** A writer that has written nothing. */
  public TarWriter(WritableByteChannel out, TarDialect dialect) {
    this.out = out;
    this.encoder = new HeaderEncoder(dialect);
  }

  /**
   * Starts a member. The content of the one before must be whole.
   *
   * @throws IllegalStateException if it is not
   * @throws IOException if the tar cannot be written
   */
  public void header(TarHeader header) throws IOException {
    header(header, Map.of());
  }

  /**
   * Starts a member that has PAX records beside those that its header makes necessary; they come
   * first and have priority. Only the PAX dialect has a place for them.
   *
   * @throws IllegalStateException if the content of the member before is not whole
   * @throws IOException if the tar cannot be written
   */
  public void header(TarHeader header, Map<String, RawName> paxRecords) throws IOException {
    endMember();
    collect(encoder.encode(header, paxRecords));
    missing = header.size();
    padding = HeaderEncoder.padding(header.size());
  }

  /**
   * Adds to the content of the member that was started last.
   *
   * @throws IllegalArgumentException if its header has announced less
   * @throws IOException if the tar cannot be written
   */
  public void write(ByteBuffer content) throws IOException {
    if (content.remaining() > missing) {
      throw new IllegalArgumentException(
          content.remaining() + " bytes are more than the " + missing + " that are left");
    }
    missing -= content.remaining();
    collect(content);
  }

  /**
   * Adds the whole of {@code blob} to the content of the member that was started last. It is
   * written straight to the channel.
   *
   * @throws IllegalArgumentException if the member's header has announced less
   * @throws IOException if the content cannot be read, or the tar not written
   */
  public void write(Blob blob) throws IOException {
    write(blob.size(), blob::writeTo);
  }

  /** Something that can be written. */
  @FunctionalInterface
  public interface Source {
    /**
     * Writes all of it to {@code out}, which stays open.
     *
     * @throws IOException if it cannot be produced or written
     */
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /**
   * Adds all that {@code source} writes, straight to the channel, to the content of the member that
   * was started last.
   *
   * @param size how many bytes these are
   * @throws IllegalArgumentException if the member's header has announced less
   * @throws IOException if the content cannot be produced, or the tar not written
   */
  public void write(long size, Source source) throws IOException {
    if (size > missing) {
      throw new IllegalArgumentException(
          size + " bytes are more than the " + missing + " that are left");
    }
    flush();
    source.writeTo(out);
    missing -= size;
    position += size;
  }

  /**
   * Ends the archive: two blocks of zeros, and more up to a whole record of 10,240 bytes.
   *
   * @throws IllegalStateException if the last member's content is not whole
   * @throws IOException if the tar cannot be written
   */
  public void finish() throws IOException {
    endMember();
    collect(ByteBuffer.allocate((int) end(position)));
    flush();
  }

  /**
   * Ends the last member and writes what has been collected; more members may follow, here or
   * wherever the bytes are copied to.
   *
   * @throws IllegalStateException if the last member's content is not whole
   * @throws IOException if the tar cannot be written
   */
  void pause() throws IOException {
    endMember();
    flush();
  }

  /** How many bytes have been handed over so far, whether or not they are written yet. */
  public long position() {
    return position;
  }

  /**
   * Writes what has been collected.
   *
   * @throws IOException if the tar cannot be written
   */
  public void flush() throws IOException {
    drain(buffer.flip());
    buffer.clear();
  }

  /** How many zeros end an archive whose members take {@code length} bytes. */
  static long end(long length) {
    return 2L * HeaderEncoder.BLOCK + Math.floorMod(-(length + 2 * HeaderEncoder.BLOCK), RECORD);
  }

  private void endMember() throws IOException {
    if (missing > 0) {
      throw new IllegalStateException("the member lacks " + missing + " bytes of content");
    }
    collect(ByteBuffer.allocate(padding));
    padding = 0;
  }

  private void collect(ByteBuffer bytes) throws IOException {
    position += bytes.remaining();
    if (bytes.remaining() > buffer.remaining()) {
      flush();
      if (bytes.remaining() >= buffer.capacity()) {
        drain(bytes);
        return;
      }
    }
    buffer.put(bytes);
  }

  private void drain(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
