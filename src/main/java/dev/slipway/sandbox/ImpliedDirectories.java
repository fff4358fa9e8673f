package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarWriter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The directories of a stack that a layer has something in but no entry for. They are to look as
 * the highest entry below says, but overlayfs takes what was made up when the layer was unpacked.
 * So a directory of empty directories, which look right, is laid on top of the stack.
 */
final class ImpliedDirectories {
  private static final RawName NONE = RawName.of("");
  private static final RawName SLASH = RawName.of("/");
  private static final RawName HERE = RawName.of("./");
  private static final int MODE = 0755;

  /** By layer, the highest first: its directories that it has no entry for. */
  private final List<Set<RawName>> implied;

  private final Stack stack;

  /** By layer, what it has. */
  private List<Map<RawName, Optional<TarMember>>> found = List.of();

  /** What there is in the layers of a stack. */
  @FunctionalInterface
  interface Stack {
    /**
     * Looks for paths, which come with all the directories that they are in.
     *
     * @return for each layer, the highest first, those of the paths that it has: what a directory
     *     is, and nothing of what is none
     */
    List<Map<RawName, Optional<TarMember>>> find(Set<RawName> paths)
        throws IOException, InterruptedException;
  }

  /**
   * Those of a stack.
   *
   * @param implied for each layer, the highest first, its directories that it has no entry for
   */
  ImpliedDirectories(List<Set<RawName>> implied, Stack stack) {
    this.implied = implied;
    this.stack = stack;
  }

  /** A tar of what to lay on top; empty if there is no need of it. */
  Optional<TarSource> correction() throws IOException, InterruptedException {
    Set<RawName> asked = new TreeSet<>();
    for (Set<RawName> directories : implied.subList(0, Math.max(0, implied.size() - 1))) {
      directories.forEach(path -> asked.addAll(way(path)));
    }
    if (asked.isEmpty()) {
      return Optional.empty();
    }
    found = stack.find(asked);
    Map<RawName, TarMember> entries = new HashMap<>();
    TreeMap<RawName, Optional<TarMember>> corrected = new TreeMap<>();
    for (RawName path : asked) {
      Optional<Shown> shown = shown(path);
      shown.ifPresent(known -> entries.put(path, known.entry()));
      if (shown.isPresent() && shown.get().implied()) {
        // The directories that it is in have to be there too, and come before it in this order.
        way(path).forEach(at -> corrected.put(at, Optional.ofNullable(entries.get(at))));
      }
    }
    if (corrected.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(out -> {
      TarWriter tar = new TarWriter(out, TarDialect.PAX);
      for (Map.Entry<RawName, Optional<TarMember>> directory : corrected.entrySet()) {
        tar.header(header(directory.getKey(), directory.getValue()));
      }
      tar.finish();
    });
  }

  /**
   * Where a directory's attributes come from.
   *
   * @param implied whether a higher layer implies the directory
   */
  private record Shown(TarMember entry, boolean implied) {}

  /** The entry of a directory that shows, if there is any. */
  private Optional<Shown> shown(RawName path) {
    List<RawName> way = way(path);
    boolean isImplied = false;
    for (int i = 0; i < implied.size(); i++) {
      boolean hides = false;
      for (RawName at : way) {
        Optional<TarMember> entry = found.get(i).get(at);
        if (entry == null) {
          break;
        }
        if (entry.isEmpty()) {
          return Optional.empty(); // Something else, which hides whatever is below.
        }
        if (!at.equals(path)) {
          hides |= ChangesetReader.isOpaque(entry.get());
        } else if (implied.get(i).contains(path)) {
          isImplied = true; // It looks as what is below says even if it is opaque.
        } else {
          return Optional.of(new Shown(entry.get(), isImplied));
        }
      }
      if (hides) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The directories that a path is in, from the top, and itself. */
  static List<RawName> way(RawName path) {
    List<RawName> way = new ArrayList<>();
    byte[] bytes = path.toBytes();
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        way.add(RawName.ofBytes(Arrays.copyOf(bytes, i)));
      }
    }
    return way;
  }

  /** What unpacking makes of a directory that has no entry. */
  static TarMember madeUp(RawName path) {
    return new TarMember(header(path, Optional.empty()), Map.of(), 0, 0, false);
  }

  private static TarHeader header(RawName path, Optional<TarMember> entry) {
    Optional<TarHeader> header = entry.map(TarMember::header);
    return new TarHeader(
        TarHeader.Type.DIRECTORY,
        HERE.append(path).append(SLASH),
        header.map(TarHeader::mode).orElse(MODE),
        header.map(TarHeader::uid).orElse(0L),
        header.map(TarHeader::gid).orElse(0L),
        NONE,
        NONE,
        0,
        header.map(TarHeader::mtime).orElse(0L),
        NONE,
        0,
        0,
        entry.map(TarMember::portableXattrs).orElse(Map.of()));
  }
}
