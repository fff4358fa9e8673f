package dev.slipway.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Two stores with one store directory as one: closures may span both. */
final class UnionStore implements Store {
  private final Store first;
  private final Store second;

  UnionStore(Store first, Store second) {
    if (!first.storeDir().equals(second.storeDir())) {
      throw new IllegalArgumentException(
          "stores in " + first.storeDir() + " and " + second.storeDir() + " cannot be united");
    }
    this.first = first;
    this.second = second;
  }

  @Override
  public String storeDir() {
    return first.storeDir();
  }

  @Override
  public Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException {
    Map<StorePath, PathInfo> infos = new TreeMap<>(first.query(paths));
    Set<StorePath> rest = new TreeSet<>(paths);
    rest.removeAll(infos.keySet());
    if (!rest.isEmpty()) {
      infos.putAll(second.query(rest));
    }
    return infos;
  }

  @Override
  public Closure closure(Collection<StorePath> roots) throws IOException {
    Map<StorePath, PathInfo> members = new TreeMap<>();
    Set<StorePath> asked = new HashSet<>(roots);
    Collection<StorePath> frontier = roots;
    while (!frontier.isEmpty()) {
      Map<StorePath, PathInfo> level = query(frontier);
      members.putAll(level);
      Set<StorePath> next = new TreeSet<>();
      for (PathInfo info : level.values()) {
        for (StorePath reference : info.references()) {
          if (asked.add(reference)) {
            next.add(reference);
          }
        }
      }
      frontier = next;
    }
    return Closures.complete(roots, members);
  }

  @Override
  public Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException {
    Set<StorePath> paths = new TreeSet<>(first.queryHashParts(hashParts));
    paths.addAll(second.queryHashParts(hashParts));
    return paths;
  }

  @Override
  public boolean hasDatabase() {
    return first.hasDatabase() || second.hasDatabase();
  }

  @Override
  public List<Path> folders() {
    List<Path> folders = new ArrayList<>(first.folders());
    folders.addAll(second.folders());
    return folders;
  }

  @Override
  public Path locate(StorePath path) {
    Path here = first.locate(path);
    return Files.exists(here, LinkOption.NOFOLLOW_LINKS) ? here : second.locate(path);
  }

  @Override
  public void close() throws IOException {
    try (Store _ = second) {
      first.close();
    }
  }
}
