package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarHeader;
import dev.slipway.layer.TarMember;
import dev.slipway.layer.TarWriter;
import dev.slipway.sandbox.UnpackedLayers.Unpacked;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

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

  private final Path folder;
  private final List<Unpacked> layers;
  private final TreeSteps steps;

  /** Where each layer's directory is in the folder, with a slash behind it. */
  private final List<RawName> places = new ArrayList<>();

  /** What there is in the layers, by paths in the folder: whether it is a directory. */
  private Map<RawName, Boolean> kinds = Map.of();

  /** What the directories among them are. */
  private Map<RawName, TarMember> members = Map.of();

  /**
   * @param folder has the directories of all layers somewhere in it
   * @param layers the layers, the highest first
   */
  ImpliedDirectories(Path folder, List<Unpacked> layers, TreeSteps steps) {
    this.folder = folder;
    this.layers = layers;
    this.steps = steps;
    for (Unpacked layer : layers) {
      places.add(RawName.of(folder.relativize(layer.tree()) + "/"));
    }
  }

  /**
   * Makes the directory to lay on top.
   *
   * @param tree the directory, which is not there yet
   * @return whether there is any need of it; if not, it is not made
   */
  boolean correct(Path tree) throws IOException, InterruptedException {
    Set<RawName> asked = new TreeSet<>();
    for (Unpacked layer : layers.subList(0, Math.max(0, layers.size() - 1))) {
      layer.implied().forEach(path -> asked.addAll(way(path)));
    }
    if (asked.isEmpty()) {
      return false;
    }
    kinds = steps.kinds(folder, () -> asked(asked, (_, _) -> true).iterator());
    members = steps.describe(folder, () -> asked(asked, this::isDirectory).iterator());
    Map<RawName, TarMember> entries = new HashMap<>();
    TreeMap<RawName, Optional<TarMember>> corrected = new TreeMap<>();
    for (RawName path : asked) {
      Optional<Shown> shown = shown(path);
      shown.ifPresent(found -> entries.put(path, found.entry()));
      if (shown.isPresent() && shown.get().implied()) {
        // The directories that it is in have to be there too, and come before it in this order.
        way(path).forEach(at -> corrected.put(at, Optional.ofNullable(entries.get(at))));
      }
    }
    if (corrected.isEmpty()) {
      return false;
    }
    steps.unpack(
        out -> {
          TarWriter tar = new TarWriter(out, TarDialect.PAX);
          for (Map.Entry<RawName, Optional<TarMember>> directory : corrected.entrySet()) {
            tar.header(header(directory.getKey(), directory.getValue()));
          }
          tar.finish();
        },
        Files.createDirectory(tree));
    return true;
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
    boolean implied = false;
    for (int i = 0; i < layers.size(); i++) {
      boolean hides = false;
      for (RawName at : way) {
        RawName place = places.get(i).append(at);
        if (!kinds.containsKey(place)) {
          break;
        }
        TarMember member = members.get(place);
        if (member == null) {
          return Optional.empty(); // Something else, which hides whatever is below.
        }
        if (!at.equals(path)) {
          hides |= ChangesetReader.isOpaque(member);
        } else if (layers.get(i).implied().contains(path)) {
          implied = true; // It looks as what is below says even if it is opaque.
        } else {
          return Optional.of(new Shown(member, implied));
        }
      }
      if (hides) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** The places of paths in each layer. */
  private Stream<RawName> asked(Set<RawName> paths, BiPredicate<RawName, RawName> filter) {
    return places.stream()
        .flatMap(
            place -> paths.stream().filter(path -> filter.test(place, path)).map(place::append));
  }

  /** Whether a path is a directory in a layer, with no link on the way. */
  private boolean isDirectory(RawName place, RawName path) {
    return way(path).stream().allMatch(at -> kinds.getOrDefault(place.append(at), false));
  }

  /** The directories that a path is in, from the top, and itself. */
  private static List<RawName> way(RawName path) {
    List<RawName> way = new ArrayList<>();
    byte[] bytes = path.toBytes();
    for (int i = 1; i <= bytes.length; i++) {
      if (i == bytes.length || bytes[i] == '/') {
        way.add(RawName.ofBytes(Arrays.copyOf(bytes, i)));
      }
    }
    return way;
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
