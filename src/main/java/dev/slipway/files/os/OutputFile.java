package dev.slipway.files.os;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears whole or not at all: it is written beside its place, synced, and renamed into
 * it. What is no ordinary file, a device or a pipe, is written to as it stands.
 */
public final class OutputFile implements Closeable {
  /** What the kernel says when a file cannot be written; the JDK does not add the file's name. */
  private static final Set<String> REFUSALS =
      Set.of(
          "No space left on device",
          "Disk quota exceeded",
          "File too large",
          "Input/output error",
          "Read-only file system",
          "Bad file descriptor");

  private final Path target;
  private final Path written;
  private final FileChannel channel;
  private final Unfinished unfinished;
  private final @Nullable Writeback writeback;

  private OutputFile(Path target, Path written, FileChannel channel, Unfinished unfinished) {
    this.target = target;
    this.written = written;
    this.channel = channel;
    this.unfinished = unfinished;
    this.writeback = written.equals(target) ? null : new Writeback(channel, written);
  }

  /** Keeps account of files that are not finished, in case the process ends before they are. */
  public interface Unfinished {
    /** Keeps no account: a file is deleted when it is closed, and only then. */
    Unfinished UNTOLD =
        new Unfinished() {
          @Override
          public void add(Path file) {}

          @Override
          public void publish(Path file, Path target) throws IOException {
            Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
          }

          @Override
          public void delete(Path file) throws IOException {
            Files.deleteIfExists(file);
          }
        };

    /**
     * {@code file} is about to be made.
     *
     * @throws IOException if it must not be
     */
    void add(Path file) throws IOException;

    /**
     * {@code file} is finished: it is renamed to {@code target}, which it replaces.
     *
     * @throws IOException if it cannot or must not be
     */
    void publish(Path file, Path target) throws IOException;

    /**
     * {@code file}, unless it was published, is deleted now.
     *
     * @throws IOException if that cannot be done
     */
    void delete(Path file) throws IOException;
  }

  /**
   * Opens a file that will be at {@code place}.
   *
   * @param unfinished hears of it until it is in its place
   * @throws IOException if it cannot be made there
   */
  public static OutputFile create(Path place, Unfinished unfinished) throws IOException {
    if (Files.isDirectory(place)) {
      throw new FileSystemException(place.toString(), null, "is a directory");
    }
    if (Files.exists(place) && !Files.isRegularFile(place)) {
      return new OutputFile(
          place, place, FileChannel.open(place, StandardOpenOption.WRITE), unfinished);
    }
    Path target = followed(place);
    Path folder = target.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw folder == null || Files.exists(folder)
          ? new NotDirectoryException(String.valueOf(folder))
          : new NoSuchFileException(folder.toString());
    }
    // Not named after the target, whose name may be as long as a name can be.
    String suffix = Long.toHexString(RandomGenerator.getDefault().nextLong());
    Path written = folder.resolve(".slipway-" + suffix + ".tmp");
    unfinished.add(written);
    FileChannel channel =
        FileChannel.open(written, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    return new OutputFile(target, written, channel, unfinished);
  }

  /** Where a symbolic link leads, so that it stays a link; its target may not be there yet. */
  private static Path followed(Path place) throws IOException {
    if (!Files.isSymbolicLink(place)) {
      return place;
    }
    if (Files.exists(place)) {
      return place.toRealPath();
    }
    Path target = place.resolveSibling(Files.readSymbolicLink(place));
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(place.toString(), null, "a symbolic link that leads nowhere");
    }
    return target;
  }

  /** What is written to. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * Puts the file in its place.
   *
   * @throws IOException if it cannot be made durable or renamed
   */
  public void commit() throws IOException {
    if (written.equals(target)) {
      channel.close();
      return;
    }
    if (writeback != null) {
      writeback.close();
    }
    channel.force(true);
    channel.close();
    unfinished.publish(written, target);
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  /** {@code fault}, or one that also names this file if the kernel refused to take more. */
  public IOException explain(IOException fault) {
    return explain(target.toString(), fault);
  }

  /** {@code fault}, or one that also names {@code place} if the kernel refused to write there. */
  public static IOException explain(String place, IOException fault) {
    String reason = fault.getMessage();
    return fault.getClass() == IOException.class && reason != null && REFUSALS.contains(reason)
        ? new IOException(place + ": " + reason, fault)
        : fault;
  }

  /** Leaves nothing behind, if the file was not put in its place. */
  @Override
  public void close() throws IOException {
    if (writeback != null) {
      writeback.close();
    }
    channel.close();
    if (!written.equals(target)) {
      unfinished.delete(written);
    }
  }
}
