package dev.slipway.layer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts a tar together block by block, wrong ones too: each setter changes the header begun last,
 * whose checksum is made right when the next thing is added.
 */
public final class RawTar {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private byte[] header = new byte[512];
  private boolean open;
  private byte[] content = new byte[0];
  private boolean summed = true;

  /** An empty tar. */
  public RawTar() {}

  /** Begins a ustar member without content. */
  public RawTar member(char type, String name) {
    flush();
    header = new byte[512];
    open = true;
    content = new byte[0];
    summed = true;
    return text(0, 100, name)
        .text(100, 8, "0000644")
        .text(108, 8, "0000000")
        .text(116, 8, "0000000")
        .text(124, 12, "00000000000")
        .text(136, 12, "00000000000")
        .raw(156, (byte) type)
        .text(257, 8, "ustar\00000");
  }

  /** Begins an ordinary file. */
  public RawTar file(String name, String text) {
    return file(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Begins an ordinary file. */
  public RawTar file(String name, byte[] bytes) {
    return member('0', name).content(bytes);
  }

  /** Begins an ordinary file whose name may have any length. */
  public RawTar longFile(String name, byte[] bytes) {
    if (name.length() > 100) {
      extension('L', name + "\0");
    }
    return file(name.substring(0, Math.min(100, name.length())), bytes);
  }

  /** Begins a symbolic or hard link. */
  public RawTar link(char type, String name, String target) {
    return member(type, name).text(157, 100, target);
  }

  /** Adds an extension header; records are given as they stand. */
  public RawTar extension(char type, String bytes) {
    return member(type, "././@Extension").content(bytes.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds a PAX header with these keys and values in turn. */
  public RawTar pax(String... keysAndValues) {
    StringBuilder records = new StringBuilder();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      records.append(record(keysAndValues[i], keysAndValues[i + 1]));
    }
    return extension('x', records.toString());
  }

  /** A PAX record. */
  public static String record(String key, String value) {
    int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
    int length = rest;
    while (length != rest + Integer.toString(length).length()) {
      length = rest + Integer.toString(length).length();
    }
    return length + " " + key + "=" + value + "\n";
  }

  /** Sets content and size. */
  public RawTar content(byte[] bytes) {
    content = bytes.clone();
    return text(124, 12, "%011o".formatted(bytes.length));
  }

  /** Sets a field: a text of ISO 8859-1, the rest of the field NUL. */
  public RawTar text(int start, int length, String text) {
    Arrays.fill(header, start, start + length, (byte) 0);
    return raw(start, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sets bytes of the header. */
  public RawTar raw(int start, byte... bytes) {
    System.arraycopy(bytes, 0, header, start, bytes.length);
    return this;
  }

  /** Leaves the checksum as it is. */
  public RawTar unsummed() {
    summed = false;
    return this;
  }

  /** Adds bytes as they are. */
  public RawTar bytes(byte[] bytes) {
    flush();
    out.writeBytes(bytes);
    return this;
  }

  private void flush() {
    if (!open) {
      return;
    }
    if (summed) {
      fixChecksum(header, 0);
    }
    out.writeBytes(header);
    out.writeBytes(content);
    out.writeBytes(new byte[-content.length & 511]);
    open = false;
  }

  /** The archive so far, without an end. */
  public byte[] cut() {
    flush();
    return out.toByteArray();
  }

  /** The archive, with its end. */
  public byte[] end() {
    flush();
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  /** Makes the checksum right of every block that looks like a header. */
  public static void fixChecksums(byte[] archive) {
    for (int start = 0; start + 512 <= archive.length; start += 512) {
      if (archive[start + 257] == 'u' && archive[start + 261] == 'r') {
        fixChecksum(archive, start);
      }
    }
  }

  /** Makes the checksum of the header at {@code start} right. */
  public static void fixChecksum(byte[] archive, int start) {
    Arrays.fill(archive, start + 148, start + 156, (byte) ' ');
    int sum = 0;
    for (int i = start; i < start + 512; i++) {
      sum += archive[i] & 0xff;
    }
    byte[] text = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, archive, start + 148, 8);
  }
}
