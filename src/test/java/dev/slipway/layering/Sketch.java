package dev.slipway.layering;

import dev.slipway.oci.Digest;
import dev.slipway.store.Closure;
import dev.slipway.store.NarHash;
import dev.slipway.store.PathInfo;
import dev.slipway.store.StorePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/** Closures drawn in few words: {@code "a:10 -> b c"} is a path of 10 bytes that refers to two. */
final class Sketch {
  static final String STORE = "/nix/store";
  private static final Digest DIGEST = Digest.of(new byte[0]);

  private Sketch() {}

  /** The path called {@code name}; a digit before a {@code /} chooses another hash. */
  static StorePath path(String name) {
    String[] parts = name.split("/", 2);
    String fill = parts.length == 2 ? parts[0] : "0";
    return new StorePath(STORE, fill.repeat(StorePath.HASH_LENGTH) + "-" + parts[parts.length - 1]);
  }

  /** The names of the paths, as {@link #path} takes them. */
  static String name(StorePath path) {
    char fill = path.hashPart().charAt(0);
    return fill == '0' ? path.name() : fill + "/" + path.name();
  }

  static List<List<String>> names(List<List<StorePath>> groups) {
    return groups.stream().map(group -> group.stream().map(Sketch::name).toList()).toList();
  }

  /** A closure of these paths; those that are only referred to have one byte and no references. */
  static Closure closure(String... lines) {
    Map<String, Long> sizes = new LinkedHashMap<>();
    Map<String, Set<String>> references = new LinkedHashMap<>();
    for (String line : lines) {
      String[] sides = line.split(" *-> *", 2);
      String[] left = sides[0].split(":", 2);
      sizes.put(left[0], left.length == 2 ? Long.parseLong(left[1]) : 1);
      references.put(
          left[0],
          sides.length == 2 ? new LinkedHashSet<>(Arrays.asList(sides[1].split(" +"))) : Set.of());
    }
    Set<String> all = new LinkedHashSet<>(references.keySet());
    references.values().forEach(all::addAll);
    return Closure.of(
        all.stream()
            .map(name ->
                info(
                    path(name),
                    sizes.getOrDefault(name, 1L),
                    references.getOrDefault(name, Set.of()).stream().map(Sketch::path).toList()))
            .toList());
  }

  static PathInfo info(StorePath path, long size, Collection<StorePath> references) {
    return new PathInfo(
        path,
        Optional.of(new NarHash(DIGEST, size)),
        Set.copyOf(references),
        Optional.empty(),
        Optional.empty());
  }

  /** What is split when config and customisation refer to nothing. */
  static LayeringInput input(Closure closure) {
    return new LayeringInput(closure, Set.of(), Set.of());
  }

  static LayeringInput input(String... lines) {
    return input(closure(lines));
  }

  /** A random closure, often with equal sizes and names, and with self-references. */
  static Closure random(RandomGenerator random, int size, boolean cycles) {
    List<StorePath> paths = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      String fill = String.valueOf("0123456789abcdfghijklmnpqrsvwxyz".charAt(i % 32));
      paths.add(path(fill + "/p" + i / 32));
    }
    Collections.shuffle(paths, random);
    int mostReferences = random.nextInt(1, 6);
    List<PathInfo> infos = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Set<StorePath> references = new TreeSet<>();
      for (int j = random.nextInt(mostReferences); j > 0 && i > 0; j--) {
        references.add(paths.get(random.nextInt(cycles ? size : i)));
      }
      if (random.nextInt(4) == 0) {
        references.add(paths.get(i));
      }
      infos.add(info(paths.get(i), random.nextInt(5) * 100L, references));
    }
    return Closure.of(infos);
  }

  /** Some of a closure's paths. */
  static Set<StorePath> some(RandomGenerator random, Closure closure) {
    Set<StorePath> some = new TreeSet<>(closure.paths());
    int outOf = random.nextInt(2, 8);
    some.removeIf(path -> random.nextInt(outOf) != 0);
    return some;
  }
}
