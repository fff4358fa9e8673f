package dev.slipway.store;

import dev.slipway.files.RawName;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A directory that is being made up. */
final class MutableTree {
  private final SortedMap<RawName, MutableTree> directories = new TreeMap<>();
  private final SortedMap<RawName, NarNode> others = new TreeMap<>();

  /** The directory of this name, made if there is nothing; null if there is something else. */
  @Nullable MutableTree directory(RawName name) {
    return others.containsKey(name)
        ? null
        : directories.computeIfAbsent(name, _ -> new MutableTree());
  }

  /** Puts {@code node} here unless there is something of this name already. */
  void putIfAbsent(RawName name, NarNode node) {
    if (!directories.containsKey(name)) {
      others.putIfAbsent(name, node);
    }
  }

  NarNode.Directory toNode() {
    SortedMap<RawName, NarNode> entries = new TreeMap<>(others);
    directories.forEach((name, directory) -> entries.put(name, directory.toNode()));
    return new NarNode.Directory(entries);
  }
}
