package dev.slipway.layer;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A file as it was when it was looked at. Reading it gives exactly {@code size} bytes or fails with
 * a message that names it.
 *
 * @param path where it lies
 * @param size in bytes
 * @param modified in nanoseconds since 1970
 */
record SourceFile(Path path, long size, long modified) implements Content {
  private static final Set<OpenOption> OPTIONS =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  /** How much is asked of the kernel in one transfer, so that an interrupt is soon felt. */
  private static final long TRANSFER = 16 << 20;

  private static final int BUFFER = 256 << 10;

  /** Takes the bytes of a file piece by piece, in order. */
  interface Sink {
    /** Takes what remains in {@code piece}, whose array is used again afterwards. */
    void accept(ByteBuffer piece) throws IOException;
  }

  /**
   * Reads the whole file into {@code into} from {@code at} on. One byte behind it may be
   * overwritten: asking for it shows in the same call whether the file has grown.
   */
  void readInto(byte[] into, int at) throws IOException {
    try (FileChannel in = open()) {
      ByteBuffer buffer = ByteBuffer.wrap(into, at, (int) size + 1);
      do {
        if (in.read(buffer) < 0) {
          throw new FileChangedException(path, "was truncated");
        }
      } while (buffer.position() < at + size);
      if (buffer.position() > at + size) {
        throw new FileChangedException(path, "grew");
      }
    } catch (FileSystemException e) {
      throw explain(e);
    }
  }

  /** Reads the whole file through {@code buffer} into {@code sink}. */
  void readInto(ByteBuffer buffer, Sink sink) throws IOException {
    try (FileChannel in = open()) {
      long left = size;
      while (true) {
        int read = in.read(buffer.clear());
        if (read < 0) {
          break;
        }
        left -= read;
        if (left < 0) {
          throw new FileChangedException(path, "grew");
        }
        sink.accept(buffer.flip());
      }
      if (left > 0) {
        throw new FileChangedException(path, "was truncated");
      }
    } catch (FileSystemException e) {
      throw explain(e);
    }
  }

  /** Writes the whole file to {@code out}, between files without passing through the program. */
  void writeTo(WritableByteChannel out) throws IOException {
    if (!(out instanceof FileChannel target)) {
      readInto(
          ByteBuffer.allocate((int) Math.min(BUFFER, size + 1)),
          piece -> {
            while (piece.hasRemaining()) {
              out.write(piece);
            }
          });
      return;
    }
    try (FileChannel in = open()) {
      if (in.size() > size) {
        throw new FileChangedException(path, "grew");
      }
      long done = 0;
      while (done < size) {
        long moved = in.transferTo(done, Math.min(TRANSFER, size - done), target);
        if (moved <= 0) {
          throw new FileChangedException(path, "was truncated");
        }
        done += moved;
      }
    } catch (FileSystemException e) {
      throw explain(e);
    }
  }

  /** Fails if the file is not what it was, as far as its size and date tell. */
  void recheck() throws IOException {
    try {
      BasicFileAttributes now =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!now.isRegularFile()
          || now.size() != size
          || now.lastModifiedTime().to(TimeUnit.NANOSECONDS) != modified) {
        throw new FileChangedException(path, "changed");
      }
    } catch (FileSystemException e) {
      throw explain(e);
    }
  }

  private FileChannel open() throws IOException {
    return FileChannel.open(path, OPTIONS);
  }

  /** The JDK's exceptions often say nothing but the path. */
  private IOException explain(FileSystemException e) {
    return switch (e) {
      case NoSuchFileException _ -> {
        FileChangedException vanished = new FileChangedException(path, "vanished");
        vanished.initCause(e);
        yield vanished;
      }
      case AccessDeniedException _ ->
          new ImageException(path + " cannot be read: permission denied", e);
      default -> e;
    };
  }
}
