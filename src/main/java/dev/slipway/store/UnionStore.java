package dev.slipway.store;

import dev.slipway.files.TreeForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Stream;

/** Two stores with one store directory as one: closures may span both. */
final class UnionStore implements Store {
  private final Store first;
  private final Store second;

  /** In which of them a path was found that was asked for. */
  private final ConcurrentMap<StorePath, Store> owners = new ConcurrentHashMap<>();

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
  public String describe() {
    Set<String> names = new LinkedHashSet<>();
    Stream.of(first, second)
        .map(Store::describe)
        .flatMap(text -> Stream.of(text.split(" or in ")))
        .forEach(names::add);
    return String.join(" or in ", names);
  }

  @Override
  public Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException {
    Map<StorePath, PathInfo> infos = new TreeMap<>(first.query(paths));
    infos.keySet().forEach(path -> owners.put(path, first));
    Set<StorePath> rest = new TreeSet<>(paths);
    rest.removeAll(infos.keySet());
    if (!rest.isEmpty()) {
      Map<StorePath, PathInfo> others = second.query(rest);
      others.keySet().forEach(path -> owners.put(path, second));
      infos.putAll(others);
    }
    return infos;
  }

  @Override
  public Closure closure(Collection<StorePath> roots) throws IOException {
    return Closures.walk(roots, this);
  }

  @Override
  public Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException {
    Set<StorePath> paths = new TreeSet<>(first.queryHashParts(hashParts));
    Set<String> rest = new HashSet<>(hashParts);
    paths.forEach(path -> rest.remove(path.hashPart()));
    if (!rest.isEmpty()) {
      paths.addAll(second.queryHashParts(rest));
    }
    return paths;
  }

  @Override
  public boolean hasDatabase() {
    return first.hasDatabase() || second.hasDatabase();
  }

  @Override
  public List<Path> folders() {
    Set<Path> folders = new LinkedHashSet<>(first.folders());
    folders.addAll(second.folders());
    return new ArrayList<>(folders);
  }

  @Override
  public Path locate(StorePath path) {
    Store owner = owners.get(path);
    if (owner != null) {
      return owner.locate(path);
    }
    Path here = first.locate(path);
    return Files.exists(here, LinkOption.NOFOLLOW_LINKS) ? here : second.locate(path);
  }

  /** Which of {@code paths} are the first store's, and which the second's. */
  private Map<Store, List<StorePath>> owned(Collection<StorePath> paths) throws IOException {
    List<StorePath> unknown = paths.stream().filter(path -> !owners.containsKey(path)).toList();
    if (!unknown.isEmpty()) {
      query(unknown);
    }
    Map<Store, List<StorePath>> owned = new HashMap<>();
    for (StorePath path : paths) {
      Store owner = owners.get(path);
      if (owner != null) {
        owned.computeIfAbsent(owner, _ -> new ArrayList<>()).add(path);
      }
    }
    return owned;
  }

  @Override
  public boolean isHere(Collection<StorePath> paths) {
    for (StorePath path : paths) {
      Store owner = owners.get(path);
      if (owner != null && !owner.isHere(List.of(path))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void fetch(Collection<StorePath> paths) throws IOException {
    for (Map.Entry<Store, List<StorePath>> some : owned(paths).entrySet()) {
      some.getKey().fetch(some.getValue());
    }
  }

  @Override
  public void prefetch(Collection<StorePath> paths) throws IOException {
    for (Map.Entry<Store, List<StorePath>> some : owned(paths).entrySet()) {
      some.getKey().prefetch(some.getValue());
    }
  }

  @Override
  public Map<StorePath, TreeForm.Formed> fetch(Collection<StorePath> paths, TreeForm form)
      throws IOException {
    Map<StorePath, TreeForm.Formed> formed = new HashMap<>();
    for (Map.Entry<Store, List<StorePath>> some : owned(paths).entrySet()) {
      formed.putAll(some.getKey().fetch(some.getValue(), form));
    }
    return formed;
  }

  @Override
  public void prefetch(Collection<StorePath> paths, TreeForm form) throws IOException {
    for (Map.Entry<Store, List<StorePath>> some : owned(paths).entrySet()) {
      some.getKey().prefetch(some.getValue(), form);
    }
  }

  @Override
  public void close() throws IOException {
    try (Store _ = second) {
      first.close();
    }
  }
}
