package dev.slipway.cli;

import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.OutputFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files and folders that must be gone when the program ends, however it ends short of being
 * killed: {@link #close} may come from a shutdown hook while other threads still work.
 */
final class TemporaryFiles implements OutputFile.Unfinished, AutoCloseable {
  private final Path parent;
  private final Set<Path> present = new LinkedHashSet<>();
  private @Nullable Path folder;
  private @Nullable Closeable lock;
  private boolean closed;

  /** None yet; {@link #folder} will lie in {@code parent}. */
  TemporaryFiles(Path parent) {
    this.parent = parent;
  }

  /** A folder of this process's own, which nobody else can look into. */
  synchronized Path folder() throws IOException {
    refuseClosed();
    if (folder == null) {
      SessionFolder made = SessionFolder.create(parent);
      lock = made.lock();
      folder = made.path();
      present.add(folder);
    }
    return folder;
  }

  /** Has {@code file}, which is about to be made, deleted in the end. */
  @Override
  public synchronized void add(Path file) throws IOException {
    refuseClosed();
    present.add(file);
  }

  /** Renames {@code file} to {@code target}, which it replaces, and keeps it. */
  @Override
  public synchronized void publish(Path file, Path target) throws IOException {
    refuseClosed();
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    present.remove(file);
  }

  /** Deletes {@code file} now. */
  @Override
  public synchronized void delete(Path file) throws IOException {
    if (present.remove(file)) {
      Files.deleteIfExists(file);
    }
  }

  /** From now on nothing is made, and nothing put in its place. */
  synchronized void forbid() {
    closed = true;
  }

  private void refuseClosed() throws IOException {
    if (closed) {
      throw new IOException("interrupted");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    IOException first = null;
    for (Path path : List.copyOf(present)) {
      try {
        FileTree.delete(path);
        present.remove(path);
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    if (lock != null) {
      lock.close();
    }
    if (first != null) {
      throw first;
    }
  }
}
