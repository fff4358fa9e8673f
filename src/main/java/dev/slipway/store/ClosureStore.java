package dev.slipway.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A store in which nothing is valid but the members of one closure. */
final class ClosureStore implements Store {
  private final Closure closure;
  private final String storeDir;
  private final Path objects;
  private final boolean hasDatabase;

  /**
   * @param hasDatabase whether this is known to be all that is valid, and not just found
   */
  ClosureStore(Closure closure, String storeDir, Path objects, boolean hasDatabase) {
    for (StorePath path : closure.paths()) {
      if (!path.storeDir().equals(storeDir)) {
        throw new IllegalArgumentException(path + " is not in " + storeDir);
      }
    }
    this.closure = closure;
    this.storeDir = storeDir;
    this.objects = objects;
    this.hasDatabase = hasDatabase;
  }

  @Override
  public String storeDir() {
    return storeDir;
  }

  @Override
  public Map<StorePath, PathInfo> query(Collection<StorePath> paths) {
    Map<StorePath, PathInfo> infos = new TreeMap<>();
    for (StorePath path : paths) {
      Optional<PathInfo> info = closure.get(path);
      info.ifPresent(known -> infos.put(path, known));
    }
    return infos;
  }

  @Override
  public Closure closure(Collection<StorePath> roots) throws IOException {
    Closures.valid(roots, query(roots).keySet(), this);
    return closure.closure(roots);
  }

  @Override
  public Set<StorePath> queryHashParts(Collection<String> hashParts) {
    Set<String> wanted = new HashSet<>(hashParts);
    Set<StorePath> found = new TreeSet<>();
    for (StorePath path : closure.paths()) {
      if (wanted.contains(path.hashPart())) {
        found.add(path);
      }
    }
    return found;
  }

  @Override
  public boolean hasDatabase() {
    return hasDatabase;
  }

  @Override
  public List<Path> folders() {
    return List.of(objects);
  }

  @Override
  public Path locate(StorePath path) {
    return objects.resolve(path.baseName());
  }

  @Override
  public void close() {}
}
