package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A store as Nix lays it out, for reading. It need not have a database: then no path is known to be
 * valid, but objects can be located still. It may be asked by several threads, one at a time.
 */
final class DatabaseStore implements LocalStore {
  private final StoreLayout layout;
  private final NixDatabase database;

  DatabaseStore(StoreLayout layout) {
    this.layout = layout;
    this.database = new NixDatabase(layout.database(), layout.storeDir());
  }

  @Override
  public String storeDir() {
    return layout.storeDir();
  }

  @Override
  public Path locate(StorePath path) {
    return layout.locate(path);
  }

  @Override
  public synchronized Map<StorePath, PathInfo> query(Collection<StorePath> paths)
      throws IOException {
    return database.exists() ? database.query(paths) : Map.of();
  }

  @Override
  public synchronized Closure closure(Collection<StorePath> roots) throws IOException {
    if (roots.isEmpty()) {
      return Closure.of(List.of());
    }
    if (!database.exists()) {
      throw new ImageException(
          "the closure of "
              + roots.iterator().next()
              + " is not known: there is no database at "
              + layout.database());
    }
    return Closures.complete(roots, database.reach(roots), this);
  }

  @Override
  public synchronized Set<StorePath> queryHashParts(Collection<String> hashParts)
      throws IOException {
    return database.exists() ? database.queryHashParts(hashParts) : Set.of();
  }

  @Override
  public boolean hasDatabase() {
    return database.exists();
  }

  @Override
  public List<Path> folders() {
    return List.of(layout.objects());
  }

  /** What is known of those of {@code paths} that are valid, and of all valid paths they reach. */
  Map<StorePath, PathInfo> reach(Collection<StorePath> paths) throws IOException {
    return database.exists() ? database.reach(paths) : Map.of();
  }

  /** What is known of all valid paths. */
  Map<StorePath, PathInfo> all() throws IOException {
    return database.exists() ? database.all() : Map.of();
  }

  @Override
  public List<StoreFault> verify(boolean checkContents) throws IOException {
    List<StoreFault> faults = new ArrayList<>();
    for (PathInfo info : all().values()) {
      Path object = locate(info.path());
      if (!Files.exists(object, LinkOption.NOFOLLOW_LINKS)) {
        faults.add(new StoreFault(info.path(), "is missing"));
      } else if (checkContents && info.nar().isPresent()) {
        contentFault(object, info.nar().get())
            .ifPresent(fault -> faults.add(new StoreFault(info.path(), fault)));
      }
    }
    return faults;
  }

  /** What is wrong with the content of {@code object}; one that cannot be read hides no others. */
  private static Optional<String> contentFault(Path object, NarHash expected)
      throws InterruptedIOException, ClosedByInterruptException {
    NarHash actual;
    try {
      actual = Nar.hash(object);
    } catch (InterruptedIOException | ClosedByInterruptException e) {
      throw e;
    } catch (FileSystemException e) {
      return Optional.of(
          "cannot be read: " + e.getFile() + (e.getReason() == null ? "" : ": " + e.getReason()));
    } catch (IOException e) {
      return Optional.of("cannot be read: " + e.getMessage());
    }
    return actual.equals(expected)
        ? Optional.empty()
        : Optional.of(
            "was modified: its hash is " + actual.digest() + " and not " + expected.digest());
  }

  @Override
  public void close() throws IOException {
    database.close();
  }
}
