package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is in a tree at one time: all that changes of a file when somebody changes it.
 *
 * @param files of each path, which begins with {@code ./}, its kind and its attributes
 * @param directories of each directory, which one it is: one that is made anew is another, at least
 *     in memory, where no number is given twice
 */
record Snapshot(Map<RawName, RawName> files, Map<RawName, RawName> directories) {
  private static final RawName TOP = RawName.of(".");

  /** What {@code find} prints of a file: path, kind, then everything else. */
  static final String FILES = "%p\\0%y%i %m %U %G %s %T@ %C@ %l\\0";

  /** What it prints of a directory. */
  static final String DIRECTORIES = "%p\\0%i\\0";

  /**
   * What lies between two snapshots.
   *
   * @param changed the paths to be packed, what is in a directory behind it
   * @param gone what is no longer there, though the directory is in which it was
   * @param opaque directories that another of the same name has replaced
   */
  record Difference(Set<RawName> changed, Set<RawName> gone, Set<RawName> opaque) {}

  /** A snapshot of what {@code find} has printed in the two forms. */
  static Snapshot of(byte[] files, byte[] directories) {
    return new Snapshot(pairs(files), pairs(directories));
  }

  private static Map<RawName, RawName> pairs(byte[] printed) {
    Map<RawName, RawName> pairs = new HashMap<>();
    int at = 0;
    while (at < printed.length) {
      int middle = end(printed, at);
      int end = end(printed, middle + 1);
      pairs.put(
          RawName.ofBytes(Arrays.copyOfRange(printed, at, middle)),
          RawName.ofBytes(Arrays.copyOfRange(printed, middle + 1, end)));
      at = end + 1;
    }
    return pairs;
  }

  private static int end(byte[] printed, int start) {
    int at = start;
    while (at < printed.length && printed[at] != 0) {
      at++;
    }
    return at;
  }

  /** What is to lie above this for {@code later} to come of it. */
  Difference to(Snapshot later) {
    Set<RawName> opaque = new HashSet<>();
    for (Map.Entry<RawName, RawName> directory : later.directories.entrySet()) {
      RawName identity = directories.get(directory.getKey());
      if (identity != null && !identity.equals(directory.getValue())) {
        opaque.add(directory.getKey());
      }
    }
    // What is in one of them hides nothing: nothing shows through it.
    Set<RawName> replaced = Set.copyOf(opaque);
    opaque.removeIf(path -> isBelow(path, replaced));
    Set<RawName> changed = new TreeSet<>();
    changed.add(TOP);
    for (Map.Entry<RawName, RawName> file : later.files.entrySet()) {
      RawName path = file.getKey();
      if (!file.getValue().equals(files.get(path)) || isBelow(path, opaque)) {
        addWithParents(path, changed);
      }
    }
    Set<RawName> gone = new TreeSet<>();
    for (RawName path : files.keySet()) {
      RawName parent = parent(path);
      if (!later.files.containsKey(path)
          && (parent.equals(TOP) || later.directories.containsKey(parent))
          && !opaque.contains(parent)
          && !isBelow(parent, opaque)) {
        gone.add(path);
        addWithParents(parent, changed);
      }
    }
    return new Difference(changed, gone, opaque);
  }

  private static void addWithParents(RawName path, Set<RawName> changed) {
    for (RawName at = path; changed.add(at); ) {
      at = parent(at);
    }
  }

  private static boolean isBelow(RawName path, Set<RawName> directories) {
    if (directories.isEmpty()) {
      return false;
    }
    for (RawName at = path; !at.equals(TOP); ) {
      at = parent(at);
      if (directories.contains(at)) {
        return true;
      }
    }
    return false;
  }

  private static RawName parent(RawName path) {
    byte[] bytes = path.toBytes();
    int slash = bytes.length - 1;
    while (slash > 0 && bytes[slash] != '/') {
      slash--;
    }
    return slash <= 0 ? TOP : RawName.ofBytes(Arrays.copyOf(bytes, slash));
  }
}
