package dev.slipway.transport;

import dev.slipway.layer.TarWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Writes a tar as Go's {@code archive/tar} does where it is free to choose: ustar, with a PAX
 * record where a size does not fit. All members belong to root and have no time.
 */
final class GoTarWriter {
  private static final int BLOCK = 512;
  private static final int MODE = 0444;

  /** What eleven octal digits hold. */
  private static final long MOST_IN_FIELD = (1L << 33) - 1;

  private final WritableByteChannel out;

  GoTarWriter(WritableByteChannel out) {
    this.out = out;
  }

  void file(String name, byte[] content) throws IOException {
    file(name, content.length, channel -> write(channel, ByteBuffer.wrap(content)));
  }

  void file(String name, long size, TarWriter.Source content) throws IOException {
    if (size > MOST_IN_FIELD) {
      byte[] record = record("size=" + size + "\n");
      // This header has no device fields, unlike all others.
      Header header = new Header("PaxHeaders.0/" + name, 'x').number(124, 12, record.length);
      write(header.number(100, 8, 0).finished());
      write(ByteBuffer.wrap(record));
      pad(record.length);
    }
    write(
        new Header(name, '0')
            .number(124, 12, size > MOST_IN_FIELD ? 0 : size)
            .number(100, 8, MODE)
            .devices()
            .finished());
    content.writeTo(out);
    pad(size);
  }

  void link(String name, String target) throws IOException {
    Header header = new Header(name, '2').text(157, target).number(124, 12, 0);
    write(header.number(100, 8, 0).devices().finished());
  }

  /** Two blocks of zeros, and nothing to fill a record. */
  void finish() throws IOException {
    write(ByteBuffer.allocate(2 * BLOCK));
  }

  /** A record is preceded by its own length (POSIX.1-2001, "pax Extended Header"). */
  private static byte[] record(String field) {
    int length = field.length() + 2;
    while (length != (length + " " + field).length()) {
      length = (length + " " + field).length();
    }
    return (length + " " + field).getBytes(StandardCharsets.US_ASCII);
  }

  private void pad(long size) throws IOException {
    write(ByteBuffer.allocate((int) (-size & (BLOCK - 1))));
  }

  private void write(ByteBuffer bytes) throws IOException {
    write(out, bytes);
  }

  private static void write(WritableByteChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  /** One header. */
  private static final class Header {
    private final byte[] block = new byte[BLOCK];

    Header(String name, char type) {
      text(0, name).number(108, 8, 0).number(116, 8, 0).number(136, 12, 0);
      text(257, "ustar\00000");
      block[156] = (byte) type;
    }

    Header text(int at, String text) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(bytes, 0, block, at, bytes.length);
      return this;
    }

    /** Octal digits with a NUL behind. */
    Header number(int at, int width, long value) {
      String digits = Long.toOctalString(value);
      return text(at, "0".repeat(width - 1 - digits.length()) + digits);
    }

    Header devices() {
      return number(329, 8, 0).number(337, 8, 0);
    }

    ByteBuffer finished() {
      int sum = 8 * ' ';
      for (byte each : block) {
        sum += each & 0xff;
      }
      number(148, 7, sum);
      block[155] = ' ';
      return ByteBuffer.wrap(block);
    }
  }
}
