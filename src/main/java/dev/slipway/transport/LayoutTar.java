package dev.slipway.transport;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** Writes OCI layouts as tars. */
public final class LayoutTar {
  private static final int FILE_MODE = 0644;
  private static final long BLOCK = 1 << 20;

  private LayoutTar() {}

  /**
   * Writes the layout in a folder as a tar: files sorted by name, all of one time, owned by root.
   *
   * @param mtime what all members carry, in seconds since 1970
   * @param out where it goes; it stays open
   * @throws IOException if something cannot be read or written
   */
  public static void write(Path folder, long mtime, WritableByteChannel out) throws IOException {
    SortedArchive archive = new SortedArchive(mtime);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        RawName place = RawName.of(folder.relativize(file).toString());
        long size = Files.size(file);
        archive.file(place, FILE_MODE, size, channel -> copy(file, size, channel));
      }
    }
    archive.writeTo(out, (_, _) -> {});
  }

  private static void copy(Path file, long size, WritableByteChannel out) throws IOException {
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      for (long at = 0; at < size; ) {
        long count = in.transferTo(at, Math.min(BLOCK, size - at), out);
        if (count <= 0) {
          throw new IOException(file + ": changed while it was read");
        }
        at += count;
      }
    }
  }
}
