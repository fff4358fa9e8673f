package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.LockFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * One process' right to add to a store, known to others by the locks it holds, which are Nix's: a
 * shared one on {@code big-lock} while it lasts, so that nobody changes the schema; one on a file
 * of its own under {@code temproots}, which lists the paths that no collector may delete; one on
 * each of its temporary folders. They end with the process, so what a killed one left is known too.
 */
final class StoreSession implements AutoCloseable {
  /** How the names of temporary folders in the folder of objects start. */
  static final String TEMPORARY = "tmp-";

  private final StoreLayout layout;
  private final LockFile bigLock;
  private final Path rootsPath;
  private final LockFile rootsLock;
  private final FileChannel rootsFile;
  private final Set<StorePath> roots = new HashSet<>();

  private StoreSession(
      StoreLayout layout,
      LockFile bigLock,
      Path rootsPath,
      LockFile rootsLock,
      FileChannel rootsFile) {
    this.layout = layout;
    this.bigLock = bigLock;
    this.rootsPath = rootsPath;
    this.rootsLock = rootsLock;
    this.rootsFile = rootsFile;
  }

  /** Begins a session; makes what is missing of the store's folders and database. */
  static StoreSession begin(StoreLayout layout, NixDatabaseWriter writer) throws IOException {
    Files.createDirectories(layout.objects());
    Files.createDirectories(layout.state().resolve("gcroots"));
    Files.createDirectories(layout.database().getParent());
    Files.createDirectories(temporaryRoots(layout));
    LockFile bigLock = LockFile.open(layout.database().resolveSibling("big-lock"));
    try {
      makeDatabase(layout, writer, bigLock);
      return begin(layout, bigLock);
    } catch (IOException | RuntimeException e) {
      bigLock.close();
      throw e;
    }
  }

  /**
   * Takes the shared lock that every session has, once there is a database. Who finds none must
   * have the lock alone to make it, but may not wait for that: it would wait for the sessions of
   * whoever was faster, which can last.
   */
  private static void makeDatabase(StoreLayout layout, NixDatabaseWriter writer, LockFile bigLock)
      throws IOException {
    Path schema = layout.database().resolveSibling("schema");
    bigLock.lockShared();
    while (!Files.exists(schema)) {
      if (bigLock.tryLockExclusive()) {
        if (!Files.exists(schema)) {
          writer.create();
        }
      } else {
        // The attempt has cost the shared lock (flock(2), "Converting a lock"), so that one of
        // several gets its way as soon as they are out of step.
        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(1_000_000, 10_000_000));
      }
      bigLock.lockShared();
    }
  }

  private static StoreSession begin(StoreLayout layout, LockFile bigLock) throws IOException {
    cleanUpAfterKilled(layout);
    try (LockFile collector = lockFileOfCollector(layout)) {
      // No collector may see the file between its making and its locking.
      collector.lockShared();
      String prefix = ProcessHandle.current().pid() + "-";
      Path path = Files.createTempFile(temporaryRoots(layout), prefix, "");
      LockFile lock = LockFile.open(path);
      try {
        lock.lockExclusive();
        FileChannel file = FileChannel.open(path, StandardOpenOption.APPEND);
        return new StoreSession(layout, bigLock, path, lock, file);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    }
  }

  static Path temporaryRoots(StoreLayout layout) {
    return layout.state().resolve("temproots");
  }

  /** The lock that collectors hold exclusively, and those who add roots for a moment. */
  static LockFile lockFileOfCollector(StoreLayout layout) throws IOException {
    return LockFile.open(layout.state().resolve("gc.lock"));
  }

  /** A session that was killed shows by its unlocked list of roots: only then look for more. */
  private static void cleanUpAfterKilled(StoreLayout layout) throws IOException {
    if (DirectoryEntry.list(temporaryRoots(layout)).isEmpty()) {
      return;
    }
    try (LockFile collector = lockFileOfCollector(layout)) {
      if (collector.tryLockExclusive() && removeStaleRoots(layout)) {
        for (DirectoryEntry entry : DirectoryEntry.list(layout.objects())) {
          if (entry.name().toString().startsWith(TEMPORARY)) {
            removeStaleTemporary(entry.path());
          }
        }
      }
    }
  }

  /** Deletes the lists of processes that are gone; the collector's lock is held. */
  static boolean removeStaleRoots(StoreLayout layout) throws IOException {
    boolean found = false;
    for (DirectoryEntry entry : DirectoryEntry.list(temporaryRoots(layout))) {
      try (LockFile list = LockFile.open(entry.path())) {
        if (list.tryLockExclusive()) {
          PathLock.remove(entry.path());
          found = true;
        }
      }
    }
    return found;
  }

  /**
   * Deletes a temporary folder unless its session lives; the collector's lock is held.
   *
   * @return the size of the deleted files in bytes
   */
  static long removeStaleTemporary(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (LockFile lock = LockFile.openDirectory(folder)) {
        if (!lock.tryLockExclusive()) {
          return 0;
        }
      }
    }
    return FileTree.delete(folder);
  }

  /** Keeps {@code paths} from being collected from now on; waits for a collection to end. */
  synchronized void keep(Collection<StorePath> paths) throws IOException {
    Set<StorePath> unknown = new TreeSet<>(paths);
    unknown.removeAll(roots);
    if (unknown.isEmpty()) {
      return;
    }
    StringBuilder added = new StringBuilder();
    unknown.forEach(path -> added.append(path).append('\0'));
    try (LockFile collector = lockFileOfCollector(layout)) {
      collector.lockShared();
      ByteBuffer bytes = ByteBuffer.wrap(added.toString().getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        rootsFile.write(bytes);
      }
    }
    roots.addAll(unknown);
  }

  /** A new folder beside the objects, on their file system, that goes when it is closed. */
  Temporary makeTemporary() throws IOException {
    try (LockFile collector = lockFileOfCollector(layout)) {
      collector.lockShared();
      String prefix = TEMPORARY + ProcessHandle.current().pid() + "-";
      Path folder = Files.createTempDirectory(layout.objects(), prefix);
      Temporary temporary = new Temporary(folder, LockFile.openDirectory(folder));
      try {
        temporary.lock().lockExclusive();
        return temporary;
      } catch (IOException | RuntimeException e) {
        temporary.close();
        throw e;
      }
    }
  }

  /**
   * A temporary folder.
   *
   * @param folder where it is
   * @param lock shows that it is in use
   */
  record Temporary(Path folder, LockFile lock) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (LockFile _ = lock) {
        FileTree.delete(folder);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try (LockFile _ = bigLock;
        LockFile _ = rootsLock;
        FileChannel _ = rootsFile) {
      PathLock.remove(rootsPath);
    } catch (NoSuchFileException _) {
      // Deleted with the whole store: nothing is left to be closed.
    }
  }
}
