package dev.slipway.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A set of valid paths that holds whatever its members refer to, in the order of their paths. */
public final class Closure implements Iterable<PathInfo> {
  private final Map<StorePath, PathInfo> members;

  private Closure(Map<StorePath, PathInfo> members) {
    this.members = members;
  }

  /**
   * The closure of exactly these paths.
   *
   * @throws IllegalArgumentException if one refers to a path that is not among them
   */
  public static Closure of(Collection<PathInfo> infos) {
    Map<StorePath, PathInfo> members = inOrder(infos);
    for (PathInfo info : infos) {
      for (StorePath reference : info.references()) {
        if (!members.containsKey(reference)) {
          throw new IllegalArgumentException(
              info.path() + " refers to " + reference + ", which is not in the closure");
        }
      }
    }
    return new Closure(members);
  }

  /** Hashed, since closures of a hundred thousand paths have a million references to look up. */
  private static Map<StorePath, PathInfo> inOrder(Collection<PathInfo> infos) {
    List<PathInfo> sorted = new ArrayList<>(infos);
    sorted.sort(Comparator.comparing(PathInfo::path));
    Map<StorePath, PathInfo> members = LinkedHashMap.newLinkedHashMap(sorted.size());
    sorted.forEach(info -> members.put(info.path(), info));
    return Collections.unmodifiableMap(members);
  }

  /**
   * The closure of some members: they and what they reach.
   *
   * @throws IllegalArgumentException if one of them is no member
   */
  public Closure closure(Collection<StorePath> roots) {
    Map<StorePath, PathInfo> reached = new HashMap<>();
    Deque<StorePath> left = new ArrayDeque<>(roots);
    while (!left.isEmpty()) {
      StorePath path = left.remove();
      PathInfo info = members.get(path);
      if (info == null) {
        throw new IllegalArgumentException(path + " is not in the closure");
      }
      if (reached.put(path, info) == null) {
        left.addAll(info.references());
      }
    }
    return new Closure(inOrder(reached.values()));
  }

  /** What is known of {@code path}, if it is a member. */
  public Optional<PathInfo> get(StorePath path) {
    return Optional.ofNullable(members.get(path));
  }

  /** The members' paths, in order. */
  public Collection<StorePath> paths() {
    return members.keySet();
  }

  /** How many members there are. */
  public int size() {
    return members.size();
  }

  @Override
  public Iterator<PathInfo> iterator() {
    return members.values().iterator();
  }
}
