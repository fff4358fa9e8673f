package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The records of a PAX extended header (POSIX.1-2001, pax, "pax Extended Header"). */
final class TarReaderPax {
  static final String SPARSE_MAP = "GNU.sparse.map";

  /** GNU tar's first PAX form of sparse files repeats these, a pair for each piece of data. */
  private static final String SPARSE_OFFSET = "GNU.sparse.offset";

  private static final String SPARSE_BYTES = "GNU.sparse.numbytes";

  private static final Set<String> NAMES = Set.of("path", "linkpath", "uname", "gname");
  private static final Set<String> NEVER_EMPTY =
      Set.of("path", "linkpath", "size", "uid", "gid", "mtime");
  private static final Set<String> NEVER_GLOBAL = Set.of("path", "linkpath", "size");
  private static final Set<String> CHARACTER_SETS = Set.of("BINARY", "ISO-IR 10646 2000 UTF-8");
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,19}");
  private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,19}(\\.[0-9]*)?");

  private final byte[] bytes;
  private final TarReaderFault fault;
  private final Map<String, RawName> records = new LinkedHashMap<>();
  private final StringBuilder sparsePairs = new StringBuilder();
  private boolean pairOpen;

  private TarReaderPax(byte[] bytes, TarReaderFault fault) {
    this.bytes = bytes;
    this.fault = fault;
  }

  /** The records in their order. */
  static Map<String, RawName> parse(byte[] bytes, boolean global, TarReaderFault fault)
      throws TarFormatException {
    TarReaderPax pax = new TarReaderPax(bytes, fault);
    int at = 0;
    while (at < bytes.length) {
      at = pax.record(at, global);
    }
    if (pax.pairOpen) {
      throw fault.in("PAX record " + SPARSE_OFFSET, "has no " + SPARSE_BYTES);
    }
    if (!pax.sparsePairs.isEmpty()) {
      pax.put(SPARSE_MAP, RawName.of(pax.sparsePairs.toString()));
    }
    return pax.records;
  }

  private int record(int start, boolean global) throws TarFormatException {
    int at = start;
    int length = 0;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && at - start < 8) {
      length = length * 10 + (bytes[at] - '0');
      at++;
    }
    if (at == start || at == bytes.length || bytes[at] != ' ') {
      throw malformed(start, "does not begin with its length");
    }
    int end = start + length;
    if (end > bytes.length || end < at + 3 || bytes[end - 1] != '\n') {
      throw malformed(start, "is not as long as it says");
    }
    int equals = at + 1;
    while (equals < end && bytes[equals] != '=') {
      equals++;
    }
    if (equals >= end - 1 || equals == at + 1) {
      throw malformed(start, "is not KEYWORD=VALUE");
    }
    String key = keyword(start, at + 1, equals);
    RawName value = RawName.ofBytes(Arrays.copyOfRange(bytes, equals + 1, end - 1));
    accept(key, value, global);
    return end;
  }

  private TarFormatException malformed(int at, String problem) {
    return fault.in("PAX header", "is malformed: the record at byte " + at + " " + problem);
  }

  private String keyword(int record, int start, int end) throws TarFormatException {
    try {
      String key =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, start, end - start))
              .toString();
      if (key.indexOf('\0') < 0) {
        return key;
      }
    } catch (CharacterCodingException e) {
      throw malformed(record, "has a keyword that is not UTF-8");
    }
    throw malformed(record, "has a NUL in its keyword");
  }

  private void accept(String key, RawName value, boolean global) throws TarFormatException {
    String field = "PAX record " + key;
    if (NAMES.contains(key) && contains(value, 0)) {
      throw fault.in(field, "has a NUL in it");
    }
    if (NEVER_EMPTY.contains(key) && value.length() == 0) {
      throw fault.in(field, "is empty");
    }
    if (global && (NEVER_GLOBAL.contains(key) || key.startsWith("GNU.sparse."))) {
      throw fault.in(field, "cannot hold for all members");
    }
    switch (key) {
      case "size", "uid", "gid" -> integer(value, field, fault);
      case "mtime" -> seconds(value, field, fault);
      case "hdrcharset" -> {
        if (!CHARACTER_SETS.contains(value.toString())) {
          throw fault.in(field, "names an unknown character set");
        }
      }
      case SPARSE_OFFSET, SPARSE_BYTES -> {
        if (pairOpen == key.equals(SPARSE_OFFSET)) {
          throw fault.in(field, "is out of order");
        }
        pairOpen = !pairOpen;
        sparsePairs.append(sparsePairs.isEmpty() ? "" : ",").append(value);
        return;
      }
      default -> {}
    }
    put(key, value);
  }

  private void put(String key, RawName value) throws TarFormatException {
    RawName other = records.put(key, value);
    if (other != null && !other.equals(value)) {
      throw fault.in("PAX record " + key, "is given twice, with different values");
    }
  }

  private static boolean contains(RawName value, int wanted) {
    for (int i = 0; i < value.length(); i++) {
      if (value.at(i) == wanted) {
        return true;
      }
    }
    return false;
  }

  /** A decimal integer of 64 bits. */
  static long integer(RawName value, String field, TarReaderFault fault) throws TarFormatException {
    String text = value.toString();
    if (INTEGER.matcher(text).matches()) {
      @Nullable Long number = fitting(new BigDecimal(text));
      if (number != null) {
        return number;
      }
    }
    throw fault.in(field, "is not a decimal number of 64 bits");
  }

  /** A time in seconds, rounded down. */
  static long seconds(RawName value, String field, TarReaderFault fault) throws TarFormatException {
    String text = value.toString();
    if (text.length() <= 64 && DECIMAL.matcher(text).matches()) {
      @Nullable Long number = fitting(new BigDecimal(text).setScale(0, RoundingMode.FLOOR));
      if (number != null) {
        return number;
      }
    }
    throw fault.in(field, "is not a time in seconds");
  }

  private static @Nullable Long fitting(BigDecimal value) {
    try {
      return value.longValueExact();
    } catch (ArithmeticException e) {
      return null;
    }
  }
}
