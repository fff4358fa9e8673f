package dev.slipway.cli;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files and folders that must be gone when the program ends, however it ends short of being
 * killed: {@link #close} may come from a shutdown hook while other threads still work.
 */
final class TemporaryFiles implements AutoCloseable {
  private final Path parent;
  private final Set<Path> present = new LinkedHashSet<>();
  private @Nullable Path folder;
  private boolean closed;

  /** None yet; {@link #folder} will lie in {@code parent}. */
  TemporaryFiles(Path parent) {
    this.parent = parent;
  }

  /** A folder of this process's own, which nobody else can look into. */
  synchronized Path folder() throws IOException {
    refuseClosed();
    if (folder == null) {
      folder =
          Files.createTempDirectory(
              parent,
              "slipway-",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      present.add(folder);
    }
    return folder;
  }

  /** Has {@code file}, which is about to be made, deleted in the end. */
  synchronized void add(Path file) throws IOException {
    refuseClosed();
    present.add(file);
  }

  /** Renames {@code file} to {@code target}, which it replaces, and keeps it. */
  synchronized void publish(Path file, Path target) throws IOException {
    refuseClosed();
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    present.remove(file);
  }

  /** Deletes {@code file} now. */
  synchronized void delete(Path file) throws IOException {
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
        deleteTree(path);
        present.remove(path);
      } catch (NoSuchFileException _) {
        present.remove(path);
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private static void deleteTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!Files.isWritable(directory)) {
              Files.setPosixFilePermissions(
                  directory, PosixFilePermissions.fromString("rwx------"));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException fault) throws IOException {
            if (fault instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            // A folder that cannot be read: make it so and start over with it.
            if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) || Files.isReadable(file)) {
              throw fault;
            }
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
            deleteTree(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException fault)
              throws IOException {
            if (fault != null) {
              throw fault;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
