package dev.slipway.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Arrays;
import java.util.HexFormat;

/** The forms of compression that layers and archives are read and written in. */
public enum Compression {
  /** None. */
  NONE(""),
  /** RFC 1952. */
  GZIP(".gz"),
  /** RFC 8878. */
  ZSTD(".zst");

  /** How many of a stream's first bytes {@link #detect} looks at. */
  public static final int MAGIC_SIZE = 10;

  /** The largest window that a reader of zstd grants unasked, as a power of 2: 128 MiB. */
  private static final int MAX_ZSTD_WINDOW = 27;

  private final String fileExtension;

  Compression(String fileExtension) {
    this.fileExtension = fileExtension;
  }

  /** What a file's name ends in, with its dot; empty for none. */
  public String fileExtension() {
    return fileExtension;
  }

  /**
   * The compression of a stream that begins with these bytes.
   *
   * @param head the first {@link #MAGIC_SIZE} bytes or more, fewer only if there are no more
   * @param name what the stream is called in messages
   * @throws ImageException if it is one that is known but not supported
   */
  public static Compression detect(byte[] head, String name) throws ImageException {
    if (begins(head, "1f8b")) {
      return GZIP;
    }
    if (begins(head, "28b52ffd") || isSkippableFrame(head)) {
      return ZSTD;
    }
    String other =
        begins(head, "fd377a585a00")
            ? "xz"
            : isBzip2(head)
                ? "bzip2"
                : begins(head, "04224d18") || begins(head, "02214c18")
                    ? "lz4"
                    : begins(head, "4c5a495001") ? "lzip" : begins(head, "1f9d") ? "compress" : "";
    if (!other.isEmpty()) {
      throw new ImageException(
          "%s: compressed with %s; expected gzip, zstd or no compression".formatted(name, other));
    }
    return NONE;
  }

  /**
   * The content of a stream in whichever of these forms it is.
   *
   * @param in the stream, at its beginning; closed with the result
   * @param name what it is called in messages
   * @throws ImageException if it is compressed in a way that is not supported
   * @throws IOException if it cannot be read
   */
  public static InputStream decompressAny(InputStream in, String name) throws IOException {
    byte[] head = in.readNBytes(MAGIC_SIZE);
    var whole = new PushbackInputStream(in, MAGIC_SIZE);
    whole.unread(head);
    return detect(head, name).decompress(whole, name);
  }

  /**
   * The content of a stream in this form: all members or frames, one after the other. Reading
   * throws an {@link ImageException} where the data are damaged or truncated, or where something
   * other than zeros (gzip) or at all (zstd) follows them.
   *
   * @param in the compressed stream; closed with the result
   * @param name what it is called in messages
   * @throws IOException if the stream cannot be read
   */
  public InputStream decompress(InputStream in, String name) throws IOException {
    return switch (this) {
      case NONE -> in;
      case GZIP -> new GzipReader(in, name);
      case ZSTD ->
          new ZstdReader(new ZstdInputStreamNoFinalizer(in).setLongMax(MAX_ZSTD_WINDOW), name);
    };
  }

  private static boolean begins(byte[] head, String magic) {
    byte[] bytes = HexFormat.of().parseHex(magic);
    return head.length >= bytes.length
        && Arrays.equals(head, 0, bytes.length, bytes, 0, bytes.length);
  }

  /** Frames that hold no content have sixteen magic numbers (RFC 8878, section 3.1.2). */
  private static boolean isSkippableFrame(byte[] head) {
    return head.length >= 4
        && (head[0] & 0xf0) == 0x50
        && head[1] == 0x2a
        && head[2] == 0x4d
        && head[3] == 0x18;
  }

  /** A tar's first member may be called BZh, so the number after it counts as well. */
  private static boolean isBzip2(byte[] head) {
    return begins(head, "425a68")
        && head.length >= 10
        && HexFormat.of().formatHex(head, 4, 10).equals("314159265359");
  }
}
