package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar member by member: v7, ustar, star, GNU (long names, binary numbers, sparse files) and
 * PAX (POSIX.1-2001, its global headers included).
 *
 * <p>It is strict, because what readers make differently of the same bytes is what attacks are made
 * of: checksums, numbers and PAX records must be right and agree, no member may be cut short, and
 * only zeros may follow the end. As GNU tar and Python do, it lets an archive end without the two
 * blocks of zeros, and as Go does, without its last member's padding (umoci leaves it out). Names,
 * numbers, modes and sorts of files are taken as they come.
 *
 * <p>Memory does not grow with what the archive claims: a long name and an extended header have at
 * most {@value #MOST_EXTENSION} bytes, as have all global records together. Content is streamed.
 */
public final class TarReader {
  /** The most bytes of a PAX header or a GNU long name. */
  public static final int MOST_EXTENSION = 1 << 20;

  private static final int BLOCK = TarReaderBlock.SIZE;

  /** Each member is given a copy of these. */
  private static final int MOST_GLOBAL_RECORDS = 256;

  private final TarReaderInput in;
  private final boolean everyHeader;
  private Map<String, RawName> global = Map.of();
  private InputStream content = InputStream.nullInputStream();
  private @Nullable Fields fields;
  private boolean ended;

  /** A reader of {@code in}, which it does not close; complaints call it {@code archive}. */
  public TarReader(InputStream in, String archive) {
    this(in, archive, false);
  }

  private TarReader(InputStream in, String archive, boolean everyHeader) {
    this.in = new TarReaderInput(in, archive);
    this.everyHeader = everyHeader;
  }

  /**
   * A reader that takes headers for what Go's {@code archive/tar} does, as far as sums over them
   * can tell: a global PAX header is a member without content whose records hold for no other, a
   * type that is not known is that of a file, and a size where there is no content is just a field.
   */
  static TarReader ofEveryHeader(InputStream in, String archive) {
    return new TarReader(in, archive, true);
  }

  /**
   * What a header says beside what the {@link TarHeader} of its member has.
   *
   * @param block the header
   * @param linkName its link name, whether or not it is a link
   * @param size its size, whether or not there is content
   */
  record Fields(TarReaderBlock block, RawName linkName, long size) {}

  /** Those of the member that {@link #next} gave last. */
  Fields fields() {
    if (fields == null) {
      throw new IllegalStateException("there is no member");
    }
    return fields;
  }

  /**
   * The next member, or null at the end. What was not read of the one before is skipped.
   *
   * @throws TarFormatException if the archive is not well-formed
   * @throws IOException if it cannot be read
   */
  public @Nullable TarMember next() throws IOException {
    if (ended) {
      return null;
    }
    in.finishContent();
    content = InputStream.nullInputStream();
    TarReaderPending pending = new TarReaderPending();
    long start = in.position();
    while (true) {
      TarReaderFault fault = in.faultHere();
      byte[] bytes = in.block(fault);
      if (bytes == null || TarReaderBlock.isZero(bytes)) {
        if (!pending.isEmpty()) {
          throw fault.in("header", "is missing: an extension header announced it");
        }
        if (bytes != null) {
          in.expectZeros();
        }
        ended = true;
        return null;
      }
      TarReaderBlock block = TarReaderBlock.header(bytes, fault);
      switch (block.flag()) {
        case 'x' ->
            pending.records(TarReaderPax.parse(extension(block, fault), false, fault), fault);
        case 'g' -> {
          Map<String, RawName> records = TarReaderPax.parse(extension(block, fault), true, fault);
          if (everyHeader) {
            return globalMember(block, records, start);
          }
          addGlobal(records, fault);
        }
        case 'L' -> pending.longName(longName(block, "long name", fault), fault);
        case 'K' -> pending.longLink(longName(block, "long link name", fault), fault);
        default -> {
          return member(block, pending, start, fault);
        }
      }
    }
  }

  /** The content of the member that {@link #next} gave last, its holes filled. */
  public InputStream content() {
    return content;
  }

  private void addGlobal(Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    Map<String, RawName> all = new LinkedHashMap<>(global);
    all.putAll(records);
    long bytes = 0;
    for (Map.Entry<String, RawName> entry : all.entrySet()) {
      bytes += entry.getKey().length() + entry.getValue().length();
    }
    if (bytes > MOST_EXTENSION) {
      throw fault.in("global PAX headers", "are too long together");
    }
    if (all.size() > MOST_GLOBAL_RECORDS) {
      throw fault.in("global PAX headers", "have too many records");
    }
    global = all;
  }

  private TarMember globalMember(TarReaderBlock block, Map<String, RawName> records, long start) {
    RawName none = RawName.of("");
    fields = new Fields(block, none, 0);
    TarHeader header =
        new TarHeader(TarHeader.Type.REGULAR, block.name(), 0, 0, 0, none, none, 0, 0, none, 0, 0);
    return new TarMember(header, records, start, in.position(), false);
  }

  private TarMember member(
      TarReaderBlock block, TarReaderPending pending, long start, TarReaderFault fault)
      throws IOException {
    Map<String, RawName> records = new LinkedHashMap<>(global);
    records.putAll(pending.records());
    RawName name = agreed("path", pending.longName(), block.name(), records, fault);
    boolean sparse = block.flag() == 'S' || TarReaderSparse.isSparse(records);
    RawName sparseName = records.get("GNU.sparse.name");
    if (sparse && sparseName != null) {
      name = sparseName;
    }
    if (name.length() == 0) {
      throw fault.in("name", "is empty");
    }
    TarHeader.Type type = type(block.flag(), name, fault);
    if (sparse && type != TarHeader.Type.REGULAR) {
      throw fault.in("PAX records", "say that something else than a file is sparse");
    }
    long stated = size(block, records, fault);
    long storedSize = stored(stated, type, fault);
    TarReaderSparse map = null;
    long size = storedSize;
    if (sparse) {
      size = realSize(block, records, fault);
      if (block.flag() == 'S') {
        map =
            TarReaderSparse.ofHeader(
                block, () -> new TarReaderBlock(in.present(fault), fault), fault);
      } else if (TarReaderSparse.isMapInContent(records, fault)) {
        long mapStart = in.position();
        long end = in.position() + storedSize;
        map =
            TarReaderSparse.ofContent(
                () -> {
                  if (in.position() + BLOCK > end) {
                    throw fault.in("sparse map", "is longer than the member");
                  }
                  return in.present(fault);
                },
                fault);
        storedSize -= in.position() - mapStart;
      } else {
        map = TarReaderSparse.ofRecords(records, fault);
      }
      map.check(size, storedSize);
    }
    boolean device = type == TarHeader.Type.CHARACTER_DEVICE || type == TarHeader.Type.BLOCK_DEVICE;
    RawName linkName = agreed("linkpath", pending.longLink(), block.linkName(), records, fault);
    boolean link = type == TarHeader.Type.SYMLINK || type == TarHeader.Type.HARDLINK;
    if (link && linkName.length() == 0) {
      throw fault.in("link name", "is empty");
    }
    TarHeader header =
        new TarHeader(
            type,
            name,
            block.mode(),
            number("uid", block.uid(), records, fault),
            number("gid", block.gid(), records, fault),
            records.getOrDefault("uname", block.userName()),
            records.getOrDefault("gname", block.groupName()),
            size,
            records.containsKey("mtime")
                ? TarReaderPax.seconds(records.get("mtime"), "PAX record mtime", fault)
                : block.mtime(),
            link ? linkName : RawName.of(""),
            device ? block.deviceMajor() : 0,
            device ? block.deviceMinor() : 0);
    fields = new Fields(block, linkName, type == TarHeader.Type.REGULAR ? size : stated);
    long contentOffset = in.position();
    InputStream stored = in.content(storedSize, fault);
    content = map == null ? stored : map.expand(stored, size);
    return new TarMember(header, records, start, contentOffset, map != null);
  }

  /** The name that the PAX record has, or else GNU's long name, or else the header. */
  private static RawName agreed(
      String key,
      @Nullable RawName longName,
      RawName name,
      Map<String, RawName> records,
      TarReaderFault fault)
      throws TarFormatException {
    RawName record = records.get(key);
    if (record != null && longName != null && !record.equals(longName)) {
      throw fault.in("PAX record " + key, "contradicts the GNU long name");
    }
    if (record != null) {
      return record;
    }
    return longName == null ? name : longName;
  }

  private static long number(
      String key, long value, Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    RawName record = records.get(key);
    return record == null ? value : TarReaderPax.integer(record, "PAX record " + key, fault);
  }

  private TarHeader.Type type(char flag, RawName name, TarReaderFault fault)
      throws TarFormatException {
    return switch (flag) {
      // Seventh Edition tar marks a directory by the slash alone.
      case '\0' ->
          name.at(name.length() - 1) == '/' ? TarHeader.Type.DIRECTORY : TarHeader.Type.REGULAR;
      case '0', '7', 'S' -> TarHeader.Type.REGULAR;
      case '1' -> TarHeader.Type.HARDLINK;
      case '2' -> TarHeader.Type.SYMLINK;
      case '3' -> TarHeader.Type.CHARACTER_DEVICE;
      case '4' -> TarHeader.Type.BLOCK_DEVICE;
      case '5' -> TarHeader.Type.DIRECTORY;
      case '6' -> TarHeader.Type.FIFO;
      default -> {
        if (everyHeader) {
          yield TarHeader.Type.REGULAR;
        }
        throw fault.in(
            "type",
            flag > ' ' && flag < 0x7f
                ? "'" + flag + "' is not supported"
                : "0x%02x is not supported".formatted((int) flag));
      }
    };
  }

  /** How many bytes of content the header announces. */
  private long size(TarReaderBlock block, Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    long inHeader = block.size();
    long size = number("size", inHeader, records, fault);
    // A writer that needs the record leaves the field empty, cuts the number or writes it in full.
    if (size != inHeader && inHeader != 0 && size >= 0 && size < 1L << 33) {
      throw fault.in("PAX record size", "contradicts the header: " + size + ", not " + inHeader);
    }
    if (size < 0) {
      throw fault.in("size", "is negative: " + size);
    }
    if (size > Long.MAX_VALUE - 2 * BLOCK - in.position()) {
      throw fault.in("size", "is impossible: " + size);
    }
    return size;
  }

  /** How many bytes of content are stored where the header announces {@code size}. */
  private long stored(long size, TarHeader.Type type, TarReaderFault fault)
      throws TarFormatException {
    if (type == TarHeader.Type.REGULAR) {
      return size;
    }
    // Old writers give a hard link the size of the file linked to, but no content.
    if (type != TarHeader.Type.HARDLINK && size != 0 && !everyHeader) {
      throw fault.in("size", "is " + size + " where there can be no content");
    }
    return 0;
  }

  private static long realSize(
      TarReaderBlock block, Map<String, RawName> records, TarReaderFault fault)
      throws TarFormatException {
    long size =
        block.flag() == 'S'
            ? block.number(483, 12, "real size")
            : TarReaderSparse.realSize(records, fault);
    if (size < 0) {
      throw fault.in("real size", "is negative: " + size);
    }
    return size;
  }

  private RawName longName(TarReaderBlock block, String field, TarReaderFault fault)
      throws IOException {
    byte[] bytes = extension(block, fault);
    int length = bytes.length;
    while (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[i] == 0) {
        throw fault.in(field, "has a NUL in it");
      }
    }
    if (length == 0) {
      throw fault.in(field, "is empty");
    }
    return RawName.ofBytes(Arrays.copyOf(bytes, length));
  }

  /** The content of an extension header. */
  private byte[] extension(TarReaderBlock block, TarReaderFault fault) throws IOException {
    long size = block.size();
    if (size < 0 || size > MOST_EXTENSION) {
      throw fault.in("size", "of an extension header is impossible: " + size);
    }
    return in.padded((int) size, fault);
  }
}
