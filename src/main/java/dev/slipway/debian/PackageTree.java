package dev.slipway.debian;

import dev.slipway.files.RawName;
import dev.slipway.store.NarNode;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A folder of files of packages; of two that have one name, the one that came first stays. */
final class PackageTree {
  private final SortedMap<RawName, PackageTree> directories = new TreeMap<>();
  private final SortedMap<RawName, NarNode> others = new TreeMap<>();

  /** The directory at this place, made where there is none; null if something else is there. */
  @Nullable PackageTree directory(List<RawName> place) {
    PackageTree at = this;
    for (RawName name : place) {
      if (at.others.containsKey(name)) {
        return null;
      }
      at = at.directories.computeIfAbsent(name, _ -> new PackageTree());
    }
    return at;
  }

  /** Puts a file or link here. */
  void put(RawName name, NarNode node) {
    if (!directories.containsKey(name)) {
      others.putIfAbsent(name, node);
    }
  }

  /** The file or link at this place; null if there is none. */
  @Nullable NarNode find(List<RawName> place) {
    PackageTree at = this;
    for (RawName name : place.subList(0, place.size() - 1)) {
      at = at.directories.get(name);
      if (at == null) {
        return null;
      }
    }
    return at.others.get(place.getLast());
  }

  NarNode.Directory toNode() {
    SortedMap<RawName, NarNode> entries = new TreeMap<>(others);
    directories.forEach((name, directory) -> entries.put(name, directory.toNode()));
    return new NarNode.Directory(entries);
  }
}
