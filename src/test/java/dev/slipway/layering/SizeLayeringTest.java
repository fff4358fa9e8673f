package dev.slipway.layering;

import static dev.slipway.layering.Sketch.input;
import static dev.slipway.layering.Sketch.names;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.ImageException;
import dev.slipway.store.Closure;
import dev.slipway.store.NarHash;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SizeLayeringTest {
  private static final Layering LAYERING = new SizeLayering();
  private static final Comparator<StorePath> BY_NAME =
      Comparator.comparing(StorePath::name).thenComparing(StorePath::hashPart);

  /** Two programs of some size, on a runtime each and a library that both need. */
  private static final String[] PROGRAMS = {
    "root:1 -> app tool",
    "app:50 -> java fonts",
    "tool:20 -> python",
    "java:300 -> libc",
    "python:100 -> libc zlib",
    "libc:30",
    "zlib:2",
    "fonts:5"
  };

  @Test
  void startsWithOneLayerForAll() throws Exception {
    assertThat(names(LAYERING.partition(input(PROGRAMS), 1)))
        .containsExactly(List.of("app", "fonts", "java", "libc", "python", "root", "tool", "zlib"));
  }

  @Test
  void givesTheLargestPathALayerWithWhatItLeadsTo() throws Exception {
    assertThat(names(LAYERING.partition(input(PROGRAMS), 2)))
        .containsExactly(
            List.of("java", "libc"), List.of("app", "fonts", "python", "root", "tool", "zlib"));
  }

  @Test
  void givesWhatTwoLargePathsNeedALayerOfItsOwn() throws Exception {
    assertThat(names(LAYERING.partition(input(PROGRAMS), 4)))
        .containsExactly(
            List.of("libc"),
            List.of("python", "zlib"),
            List.of("java"),
            List.of("app", "fonts", "root", "tool"));
  }

  @Test
  void stopsBeforeTheStepThatTakesTooManyLayers() throws Exception {
    // python's step makes two layers more, its own and that of libc
    assertThat(LAYERING.partition(input(PROGRAMS), 3))
        .isEqualTo(LAYERING.partition(input(PROGRAMS), 2));
  }

  @Test
  void givesEveryPathALayerWhereThereIsRoom() throws Exception {
    assertThat(names(LAYERING.partition(input(PROGRAMS), 8)))
        .containsExactly(
            List.of("zlib"),
            List.of("fonts"),
            List.of("libc"),
            List.of("python"),
            List.of("tool"),
            List.of("java"),
            List.of("app"),
            List.of("root"));
  }

  @Test
  void ordersEqualSizesByNameAndThenByHash() throws Exception {
    assertThat(names(LAYERING.partition(input("2/b:7", "1/b:7", "9/a:7"), 2)))
        .containsExactly(List.of("9/a"), List.of("1/b", "2/b"));
    assertThat(names(LAYERING.partition(input("2/b:7", "1/b:7", "9/a:7"), 3)))
        .containsExactly(List.of("9/a"), List.of("1/b"), List.of("2/b"));
  }

  @Test
  void hasNoLayerForNoPath() throws Exception {
    assertThat(LAYERING.partition(input(), 5)).isEmpty();
  }

  @Test
  void needsRoomForALayer() {
    assertThatIllegalArgumentException().isThrownBy(() -> LAYERING.partition(input("a"), 0));
  }

  @Test
  void needsTheSizeOfEveryPath() {
    PathInfo unsized =
        new PathInfo(
            Sketch.path("a"), Optional.empty(), Set.of(), Optional.empty(), Optional.empty());
    assertThatThrownBy(() -> LAYERING.partition(Sketch.input(Closure.of(List.of(unsized))), 5))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "layering by size needs the NAR size of every path; that of "
                + Sketch.path("a")
                + " is not known");
  }

  @Test
  void agreesWithTheDefinitionOnRandomGraphs() throws Exception {
    for (int seed = 0; seed < 400; seed++) {
      RandomGenerator random = new SplittableRandom(seed);
      Closure closure = Sketch.random(random, random.nextInt(1, 40), seed % 4 == 0);
      int budget = random.nextInt(1, 45);
      assertThat(LAYERING.partition(Sketch.input(closure), budget))
          .as("seed %d, budget %d", seed, budget)
          .isEqualTo(byDefinition(closure, budget));
    }
  }

  /** From sets of paths alone, made anew for every step. */
  private static List<List<StorePath>> byDefinition(Closure closure, int budget) {
    Map<StorePath, Set<StorePath>> reached = new TreeMap<>();
    closure.paths().forEach(path -> reached.put(path, reached(closure, path, new TreeSet<>())));
    List<StorePath> bySize = new ArrayList<>(closure.paths());
    bySize.sort(
        Comparator.<StorePath>comparingLong(path -> -size(closure, path)).thenComparing(BY_NAME));
    Map<Set<StorePath>, List<StorePath>> layers = Map.of(Set.of(), List.copyOf(closure.paths()));
    Set<StorePath> primaries = new HashSet<>();
    for (StorePath next : bySize) {
      primaries.add(next);
      Map<Set<StorePath>, List<StorePath>> split =
          closure.paths().stream()
              .collect(Collectors.groupingBy(path -> nearest(path, primaries, reached)));
      if (split.size() > budget) {
        break;
      }
      layers = split;
    }
    List<List<StorePath>> ordered = new ArrayList<>();
    layers.values().forEach(paths -> ordered.add(paths.stream().sorted(BY_NAME).toList()));
    ordered.sort(
        Comparator.<List<StorePath>>comparingLong(paths ->
                paths.stream()
                    .flatMap(path -> reached.getOrDefault(path, Set.of()).stream())
                    .distinct()
                    .mapToLong(path -> size(closure, path))
                    .sum())
            .thenComparing(List::getFirst, BY_NAME));
    return ordered;
  }

  private static Set<StorePath> nearest(
      StorePath path, Set<StorePath> primaries, Map<StorePath, Set<StorePath>> reached) {
    Set<StorePath> above = new HashSet<>(primaries);
    above.removeIf(primary -> !reached.getOrDefault(primary, Set.of()).contains(path));
    Set<StorePath> nearest = new HashSet<>(above);
    nearest.removeIf(primary ->
        above.stream()
            .anyMatch(other ->
                reached.getOrDefault(primary, Set.of()).contains(other)
                    && !reached.getOrDefault(other, Set.of()).contains(primary)));
    return nearest;
  }

  private static Set<StorePath> reached(Closure closure, StorePath path, Set<StorePath> seen) {
    if (seen.add(path)) {
      closure
          .get(path)
          .orElseThrow()
          .references()
          .forEach(reference -> reached(closure, reference, seen));
    }
    return seen;
  }

  private static long size(Closure closure, StorePath path) {
    return closure.get(path).flatMap(PathInfo::nar).map(NarHash::size).orElseThrow();
  }
}
