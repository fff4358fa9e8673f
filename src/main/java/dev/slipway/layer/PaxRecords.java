package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.PythonText;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * The records of one extended header (POSIX.1-2001, "pax Extended Header"), which hold what the
 * fields of the header proper cannot. Which fields that are, and the order, follow Python's {@code
 * tarfile}.
 */
final class PaxRecords {
  private static final byte[] BINARY = "21 hdrcharset=BINARY\n".getBytes(StandardCharsets.US_ASCII);

  private final ByteArrayOutputStream records = new ByteArrayOutputStream(0);
  private final Map<String, RawName> given;
  private boolean binary;

  /** Starts with records that have priority over fields. */
  PaxRecords(Map<String, RawName> given) {
    this.given = given;
    given.forEach(this::value);
  }

  /** Adds extended attributes, whose values are bytes whatever the character set of the rest. */
  void xattrs(Map<String, RawName> attributes) {
    new TreeMap<>(attributes)
        .forEach((name, value) -> add(TarMember.XATTR + name, value.toBytes()));
  }

  /** Adds {@code value} if it is longer than its field or not ASCII. */
  void name(String key, RawName value, int width) {
    boolean ascii = value.isAscii();
    if ((ascii && value.length() <= width) || given.containsKey(key)) {
      return;
    }
    value(key, value);
  }

  private void value(String key, RawName value) {
    byte[] bytes = value.toBytes();
    if (!value.isAscii() && !isUtf8(bytes)) {
      binary = true;
    }
    add(key, bytes);
  }

  /**
   * Adds {@code value} if a field of {@code width} bytes cannot show it.
   *
   * @return what the field shows: the value, or 0 if it is out of range
   */
  long number(String key, long value, int width) {
    if (HeaderEncoder.fitsOctal(value, width)) {
      return value;
    }
    if (!given.containsKey(key)) {
      add(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }
    return 0;
  }

  /** Everything added; empty if no record is needed. */
  byte[] toBytes() {
    if (!binary) {
      return records.toByteArray();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(BINARY.length + records.size());
    out.writeBytes(BINARY);
    out.writeBytes(records.toByteArray());
    return out.toByteArray();
  }

  /** A record starts with its own length in decimal, those digits included. */
  private void add(String key, byte[] value) {
    byte[] keyword = key.getBytes(StandardCharsets.UTF_8);
    int rest = keyword.length + value.length + 3;
    int whole = rest;
    while (whole != rest + Integer.toString(whole).length()) {
      whole = rest + Integer.toString(whole).length();
    }
    records.writeBytes((whole + " ").getBytes(StandardCharsets.US_ASCII));
    records.writeBytes(keyword);
    records.write('=');
    records.writeBytes(value);
    records.write('\n');
  }

  private static boolean isUtf8(byte[] bytes) {
    return PythonText.decode(bytes).codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }
}
