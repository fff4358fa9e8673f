package dev.slipway.build;

import dev.slipway.files.os.FileTree;
import dev.slipway.layer.Compression;
import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.SystemTar;
import dev.slipway.store.TrivialBuilders;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Unpacks tars, compressed or not, into folders that are there until it is closed: what {@link
 * TrivialBuilders#mergeDrvs} wants for archives.
 */
public final class ArchiveUnpacker implements TrivialBuilders.Unpacker, Closeable {
  private final Path temporary;
  private final Deque<Closeable> folders = new ArrayDeque<>();

  /** Unpacks into folders in {@code temporary}. */
  public ArchiveUnpacker(Path temporary) {
    this.temporary = temporary;
  }

  @Override
  public Path unpack(Path archive) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(temporary, "slipway-archive.");
    folders.push(() -> FileTree.delete(folder));
    try {
      SystemTar.unpack(tar -> copy(archive, tar), folder);
    } catch (ImageException e) {
      throw new ImageException("cannot unpack " + archive + ": " + e.getMessage(), e);
    }
    return folder;
  }

  private static void copy(Path archive, WritableByteChannel tar) throws IOException {
    try (InputStream in =
        Compression.decompressAny(Files.newInputStream(archive), archive.toString())) {
      in.transferTo(Channels.newOutputStream(tar));
    }
  }

  @Override
  public void close() throws IOException {
    LayeredImage.closeAll(folders);
  }
}
