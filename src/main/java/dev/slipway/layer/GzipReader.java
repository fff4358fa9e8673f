package dev.slipway.layer;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses gzip (RFC 1952): any number of members, then nothing but zeros, with which tapes
 * were filled up. Unlike the JDK's reader it refuses anything else behind them, and checks every
 * header.
 */
final class GzipReader extends BulkInputStream {
  private static final int BUFFER_SIZE = 1 << 16;
  private static final int DEFLATE = 8;
  private static final int HEADER_CRC = 1 << 1;
  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final String name;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final CRC32 headerCrc = new CRC32();
  private final byte[] buffer = new byte[BUFFER_SIZE];
  private int at;
  private int limit;
  private boolean inMember;
  private boolean ended;
  private boolean closed;

  GzipReader(InputStream in, String name) {
    this.in = in;
    this.name = name;
  }

  @Override
  public int read(byte[] bytes, int from, int count) throws IOException {
    Objects.checkFromIndexSize(from, count, bytes.length);
    if (closed) {
      throw new IOException(name + ": closed");
    }
    if (count == 0) {
      return 0;
    }
    if (!inMember && !ended) {
      readHeader();
    }
    while (!ended) {
      int inflated = inflate(bytes, from, count);
      if (inflated > 0) {
        crc.update(bytes, from, inflated);
        return inflated;
      }
      if (inflater.finished()) {
        readTrailer();
        ended = !nextMember();
      } else if (inflater.needsDictionary()) {
        throw damaged("a dictionary is asked for");
      } else {
        fill();
        inflater.setInput(buffer, at, limit - at);
      }
    }
    return -1;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      inflater.end();
      in.close();
    }
  }

  private int inflate(byte[] bytes, int from, int count) throws ImageException {
    try {
      return inflater.inflate(bytes, from, count);
    } catch (DataFormatException e) {
      throw new ImageException("%s: gzip data are damaged: %s".formatted(name, e.getMessage()), e);
    }
  }

  private void readHeader() throws IOException {
    headerCrc.reset();
    if (readByte() != 0x1f || readByte() != 0x8b) {
      throw damaged("no gzip header");
    }
    if (readByte() != DEFLATE) {
      throw damaged("a method other than DEFLATE");
    }
    int flags = readByte();
    if ((flags & RESERVED) != 0) {
      throw damaged("unknown flags");
    }
    readNumber(4); // the time
    readNumber(2); // the level and the system
    if ((flags & EXTRA) != 0) {
      for (long left = readNumber(2); left > 0; left--) {
        readByte();
      }
    }
    if ((flags & NAME) != 0) {
      skipString();
    }
    if ((flags & COMMENT) != 0) {
      skipString();
    }
    if ((flags & HEADER_CRC) != 0 && (headerCrc.getValue() & 0xffff) != readNumber(2)) {
      throw damaged("the header's checksum differs");
    }
    crc.reset();
    inflater.reset();
    inflater.setInput(buffer, at, limit - at);
    inMember = true;
  }

  private void readTrailer() throws IOException {
    at = limit - inflater.getRemaining();
    if (readNumber(4) != crc.getValue()) {
      throw damaged("the checksum differs");
    }
    if (readNumber(4) != (inflater.getBytesWritten() & 0xffffffffL)) {
      throw damaged("the size differs");
    }
    inMember = false;
  }

  /** Begins the next member, or finds that there is none. */
  private boolean nextMember() throws IOException {
    if (isAtEnd()) {
      return false;
    }
    if (buffer[at] == 0x1f) {
      readHeader();
      return true;
    }
    while (!isAtEnd()) {
      if (buffer[at++] != 0) {
        throw damaged("something follows them");
      }
    }
    return false;
  }

  private void skipString() throws IOException {
    while (readByte() != 0) {
      // Nobody needs it.
    }
  }

  private long readNumber(int size) throws IOException {
    long number = 0;
    for (int n = 0; n < size; n++) {
      number |= (long) readByte() << (8 * n);
    }
    return number;
  }

  private int readByte() throws IOException {
    if (at == limit) {
      fill();
    }
    int value = buffer[at++] & 0xff;
    headerCrc.update(value);
    return value;
  }

  private void fill() throws IOException {
    at = limit;
    if (isAtEnd()) {
      throw new ImageException(name + ": gzip data are truncated");
    }
  }

  /** Whether there is nothing left; else the buffer holds some of it. */
  private boolean isAtEnd() throws IOException {
    if (at < limit) {
      return false;
    }
    at = 0;
    limit = Math.max(0, in.read(buffer, 0, BUFFER_SIZE));
    return limit == 0;
  }

  private ImageException damaged(String how) {
    return new ImageException("%s: gzip data are damaged: %s".formatted(name, how));
  }
}
