package dev.slipway.store;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.slipway.oci.ImageException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/** The forms of compression that binary caches keep NARs in, by the names in their descriptions. */
enum NarCompression {
  /** None. */
  NONE("none"),
  /** The xz format. */
  XZ("xz"),
  /** RFC 8878. */
  ZSTD("zstd"),
  /** Bzip2. */
  BZIP2("bzip2"),
  /** RFC 1952. */
  GZIP("gzip");

  /**
   * How much memory decompression with xz may take. It is the heap's, so that not many can have
   * much of it at a time.
   */
  enum Room {
    /** What levels up to 7 take; Nix's is 6. */
    USUAL(24 << 10),
    /** More than the highest level takes, which is 65 MiB. */
    MOST(96 << 10);

    private final int kibibytes;

    Room(int kibibytes) {
      this.kibibytes = kibibytes;
    }
  }

  /** There was not room enough; with {@link Room#MOST} there may be. */
  static final class MoreRoomException extends IOException {
    private static final long serialVersionUID = 1L;

    MoreRoomException(IOException cause) {
      super(cause);
    }
  }

  /**
   * The largest window that a reader of zstd grants, as a power of 2: 128 MiB, outside the heap.
   */
  private static final int MAX_ZSTD_WINDOW = 27;

  private static final int BUFFER = 64 << 10;

  private final String word;

  NarCompression(String word) {
    this.word = word;
  }

  /** The one of this name, if there is one. */
  static Optional<NarCompression> of(String word) {
    return Arrays.stream(values()).filter(compression -> compression.word.equals(word)).findFirst();
  }

  /** The names. */
  static String words() {
    return String.join(", ", Arrays.stream(values()).map(value -> value.word).toList());
  }

  /**
   * What {@code in} holds, decompressed: all members, frames or streams, one after the other.
   * Closing it closes {@code in}; if this throws, {@code in} is still to be closed.
   *
   * @param name what it is called in messages
   * @return a stream that throws {@link MoreRoomException} if {@code room} is too little, mostly at
   *     once
   * @throws IOException if its beginning cannot be read
   */
  InputStream decompress(InputStream in, String name, Room room) throws IOException {
    if (this == NONE) {
      return in;
    }
    InputStream source = new Source(new BufferedInputStream(in, BUFFER));
    try {
      return new Decompressed(opened(source, room), word, name, room);
    } catch (SourceFault e) {
      throw e.reason();
    } catch (IOException e) {
      throw damaged(e, word, name);
    }
  }

  private InputStream opened(InputStream in, Room room) throws IOException {
    return switch (this) {
      case NONE -> in;
      case XZ -> new XZInputStream(in, room.kibibytes);
      case ZSTD -> new ZstdInputStreamNoFinalizer(in).setLongMax(MAX_ZSTD_WINDOW);
      case BZIP2 -> new BZip2CompressorInputStream(in, true);
      case GZIP -> new GZIPInputStream(in, BUFFER);
    };
  }

  private static ImageException damaged(Exception fault, String word, String name) {
    return new ImageException(
        "%s: its %s data are damaged or truncated: %s".formatted(name, word, fault.getMessage()),
        fault);
  }

  /** The compressed bytes cannot be read, which is no fault of theirs. */
  private static final class SourceFault extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient IOException reason;

    SourceFault(IOException reason) {
      super(reason);
      this.reason = reason;
    }

    IOException reason() {
      return reason;
    }
  }

  /** Marks what goes wrong below the decompression. */
  private static final class Source extends FilterInputStream {
    Source(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return in.read();
      } catch (IOException e) {
        throw new SourceFault(e);
      }
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      try {
        return in.read(target, start, length);
      } catch (IOException e) {
        throw new SourceFault(e);
      }
    }
  }

  /** Says whose data are at fault when they are. */
  private static final class Decompressed extends InputStream {
    private final InputStream in;
    private final String word;
    private final String name;
    private final Room room;

    Decompressed(InputStream in, String word, String name, Room room) {
      this.in = in;
      this.word = word;
      this.name = name;
      this.room = room;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      try {
        return in.read(target, start, length);
      } catch (SourceFault e) {
        throw e.reason();
      } catch (MemoryLimitException e) {
        throw room == Room.MOST ? damaged(e, word, name) : new MoreRoomException(e);
      } catch (IOException | RuntimeException e) {
        // Hostile data may make a decoder run out of its tables.
        throw damaged(e, word, name);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
