package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.TarMember;
import dev.slipway.sandbox.UnpackedLayers.Unpacked;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;

/** A stack whose layers were unpacked: what it has is what there is in their directories. */
final class UnpackedStack implements ImpliedDirectories.Stack {
  private final Path folder;
  private final TreeSteps steps;

  /** Where each layer's directory is in the folder, with a slash behind it. */
  private final List<RawName> places;

  /**
   * @param folder has the directories of all layers somewhere in it
   * @param layers the layers, the highest first
   */
  UnpackedStack(Path folder, List<Unpacked> layers, TreeSteps steps) {
    this.folder = folder;
    this.steps = steps;
    this.places =
        layers.stream().map(layer -> RawName.of(folder.relativize(layer.tree()) + "/")).toList();
  }

  @Override
  public List<Map<RawName, Optional<TarMember>>> find(Set<RawName> paths)
      throws IOException, InterruptedException {
    Map<RawName, Boolean> kinds =
        steps.kinds(folder, () -> inLayers(paths, (_, _) -> true).iterator());
    // No part of the way may be a link.
    BiPredicate<RawName, RawName> isDirectory =
        (place, path) ->
            ImpliedDirectories.way(path).stream()
                .allMatch(at -> kinds.getOrDefault(place.append(at), false));
    Map<RawName, TarMember> directories =
        steps.describe(folder, () -> inLayers(paths, isDirectory).iterator());
    List<Map<RawName, Optional<TarMember>>> found = new ArrayList<>();
    for (RawName place : places) {
      Map<RawName, Optional<TarMember>> layer = new HashMap<>();
      for (RawName path : paths) {
        RawName at = place.append(path);
        if (kinds.containsKey(at)) {
          layer.put(path, Optional.ofNullable(directories.get(at)));
        }
      }
      found.add(layer);
    }
    return found;
  }

  private Stream<RawName> inLayers(Set<RawName> paths, BiPredicate<RawName, RawName> filter) {
    return places.stream()
        .flatMap(
            place -> paths.stream().filter(path -> filter.test(place, path)).map(place::append));
  }
}
