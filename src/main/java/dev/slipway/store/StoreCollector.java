package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.files.os.LockFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Deletes what no root and no running process refers to. */
final class StoreCollector {
  /** Nix's folder of hard links that share equal files: no object. */
  private static final String LINKS = ".links";

  private final StoreLayout layout;
  private final DatabaseStore store;
  private final NixDatabaseWriter writer;

  StoreCollector(StoreLayout layout, DatabaseStore store, NixDatabaseWriter writer) {
    this.layout = layout;
    this.store = store;
    this.writer = writer;
  }

  Collected collect() throws IOException {
    if (!Files.exists(layout.database())) {
      return new Collected(List.of(), 0);
    }
    try (LockFile collector = StoreSession.lockFileOfCollector(layout)) {
      collector.lockExclusive();
      Set<StorePath> roots = new TreeSet<>();
      rootsOfProcesses(roots);
      rootsIn(layout.state().resolve("gcroots"), roots);
      rootsIn(layout.state().resolve("profiles"), roots);
      Map<StorePath, PathInfo> live = store.reach(roots);
      Set<StorePath> dead = new TreeSet<>(store.all().keySet());
      dead.removeAll(live.keySet());
      // Rows first: should this be interrupted, what is left is rubbish and not a broken path.
      writer.delete(dead);
      Set<String> kept = new HashSet<>();
      live.keySet().forEach(path -> kept.add(path.baseName()));
      // What a process is about to register is not valid yet.
      roots.forEach(path -> kept.add(path.baseName()));
      return new Collected(List.copyOf(dead), sweep(kept));
    }
  }

  private long sweep(Set<String> kept) throws IOException {
    long bytes = 0;
    for (DirectoryEntry entry : DirectoryEntry.list(layout.objects())) {
      String name = entry.name().toString();
      if (name.equals(LINKS) || kept.contains(name)) {
        continue;
      }
      if (isPathLock(entry)) {
        PathLock.removeStale(entry.path());
      } else if (name.startsWith(StoreSession.TEMPORARY)) {
        bytes += StoreSession.removeStaleTemporary(entry.path());
      } else {
        bytes += FileTree.delete(entry.path());
      }
    }
    return bytes;
  }

  /** Objects may be called like locks, {@code flake.lock} for one; but nobody may write to them. */
  private static boolean isPathLock(DirectoryEntry entry) throws IOException {
    if (!entry.name().toString().endsWith(PathLock.SUFFIX)) {
      return false;
    }
    FileStatus status = FileStatus.of(entry.path());
    return status.kind() == FileStatus.Kind.REGULAR && (status.mode() & 0200) != 0;
  }

  private void rootsOfProcesses(Set<StorePath> roots) throws IOException {
    Path folder = StoreSession.temporaryRoots(layout);
    if (!Files.exists(folder)) {
      return;
    }
    StoreSession.removeStaleRoots(layout);
    for (DirectoryEntry entry : DirectoryEntry.list(folder)) {
      for (String path : list(entry.path()).split("\0", -1)) {
        inStore(path).ifPresent(roots::add);
      }
    }
  }

  private static String list(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException _) {
      return ""; // Its process has just ended.
    }
  }

  private void rootsIn(Path folder, Set<StorePath> roots) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    for (DirectoryEntry entry : DirectoryEntry.list(folder)) {
      FileStatus status = FileStatus.of(entry.path());
      switch (status.kind()) {
        case DIRECTORY -> rootsIn(entry.path(), roots);
        case SYMLINK -> rootOfLink(folder, entry.path()).ifPresent(roots::add);
        case REGULAR -> inStore(layout.storeDir() + "/" + entry.name()).ifPresent(roots::add);
        default -> {}
      }
    }
  }

  /** Where {@code link} leads, itself or through another link outside the store. */
  private Optional<StorePath> rootOfLink(Path folder, Path link) throws IOException {
    RawName target = RawName.linkTarget(link);
    Optional<StorePath> direct = inStore(target.toString());
    if (direct.isPresent()) {
      return direct;
    }
    Path next = target.resolveIn(folder).normalize();
    return Files.isSymbolicLink(next)
        ? inStore(RawName.linkTarget(next).toString())
        : inStore(next.toString());
  }

  /** The store path that {@code path} lies in, be it written logically or as on this machine. */
  private Optional<StorePath> inStore(String path) {
    String physical = layout.objects().toAbsolutePath() + "/";
    String logical =
        path.startsWith(physical)
            ? layout.storeDir() + "/" + path.substring(physical.length())
            : path;
    try {
      return Optional.of(StorePath.containing(layout.storeDir(), logical));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
