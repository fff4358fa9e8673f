package dev.slipway.layer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Layers as Docker makes them, each a difference to those below: with whiteouts, opaque
 * directories, hard links, and files, directories and links in the places of each other. Each
 * directory on the way to an entry is in the layer too, as Docker has it.
 */
public final class RandomLayers {
  private static final List<String> NAMES = List.of("a", "b", "c d", "e-", "\u00e9", "f.g");
  private static final String ROOT = "";

  private final SplittableRandom random;

  /** What is visible: of directories the header's numbers, of all else nothing. */
  private final TreeMap<String, List<String>> visible = new TreeMap<>();

  /** What the layer at hand has changed. */
  private final Set<String> touched = new HashSet<>();

  /** The files that the layer at hand has, with their headers' numbers. */
  private final TreeMap<String, List<String>> files = new TreeMap<>();

  private RawTar tar = new RawTar();

  private RandomLayers(long seed) {
    random = new SplittableRandom(seed);
    visible.put(ROOT, List.of("0000755", "0000000", "0000000"));
  }

  /** Some layers, from the bottom; the same for the same seed. */
  public static List<byte[]> of(long seed) {
    RandomLayers layers = new RandomLayers(seed);
    List<byte[]> made = new ArrayList<>();
    int count = layers.random.nextInt(2, 7);
    for (int i = 0; i < count; i++) {
      made.add(layers.next());
    }
    return made;
  }

  private byte[] next() {
    touched.clear();
    files.clear();
    tar = new RawTar();
    for (int i = random.nextInt(4); i > 0; i--) {
      remove();
    }
    for (int i = random.nextInt(2); i > 0; i--) {
      empty();
    }
    for (int i = random.nextInt(2, 25); i > 0; i--) {
      add();
    }
    return tar.end();
  }

  private String any(boolean directory) {
    List<String> paths = new ArrayList<>();
    for (Map.Entry<String, List<String>> entry : visible.entrySet()) {
      if (entry.getValue().isEmpty() != directory) {
        paths.add(entry.getKey());
      }
    }
    return paths.isEmpty() ? ROOT : paths.get(random.nextInt(paths.size()));
  }

  private boolean isTouched(String path) {
    return touched.stream().anyMatch(one -> one.equals(path) || one.startsWith(path + "/"));
  }

  private void hide(String path) {
    visible.keySet().removeIf(one -> one.startsWith(path + "/") && !one.equals(path));
  }

  private void remove() {
    String path = any(random.nextBoolean());
    if (path.equals(ROOT) || isTouched(path)) {
      return;
    }
    parents(path);
    int slash = path.lastIndexOf('/') + 1;
    tar.file(name(path.substring(0, slash) + ".wh." + path.substring(slash)), "");
    hide(path);
    visible.remove(path);
    touched.add(path);
  }

  private void empty() {
    String path = any(true);
    if (path.equals(ROOT) || isTouched(path)) {
      return;
    }
    parents(path + "/x");
    hide(path);
    tar.file(name(path + "/.wh..wh..opq"), "");
  }

  private void add() {
    String parent = any(true);
    String path = parent + "/" + NAMES.get(random.nextInt(NAMES.size()));
    if (isTouched(path) || path.length() > 60) {
      return;
    }
    parents(path);
    touched.add(path);
    switch (random.nextInt(9)) {
      case 0, 1, 2 -> directory(path);
      case 3 -> {
        replace(path);
        tar.link('2', name(path), random.nextBoolean() ? any(true) + "/" : "../" + path);
      }
      case 4 -> {
        replace(path);
        numbers(tar.member('6', name(path)));
      }
      case 5 -> {
        replace(path);
        if (!files.isEmpty()) {
          String file = List.copyOf(files.keySet()).get(random.nextInt(files.size()));
          numbers(tar.link('1', name(path), name(file)), files.getOrDefault(file, List.of()));
        } else {
          numbers(tar.member('3', name(path)))
              .text(329, 8, "0000001")
              .text(337, 8, "000000" + random.nextInt(1, 8));
        }
      }
      default -> {
        replace(path);
        byte[] content = "x".repeat(random.nextInt(2000)).getBytes(StandardCharsets.UTF_8);
        List<String> numbers = List.of(mode(), id(), id());
        numbers(tar.file(name(path), content), numbers);
        files.put(path, numbers);
      }
    }
  }

  private void replace(String path) {
    hide(path);
    visible.put(path, List.of());
  }

  private void directory(String path) {
    List<String> numbers = List.of(mode(), id(), id());
    visible.put(path, numbers);
    entry(path, numbers);
  }

  private void entry(String path, List<String> numbers) {
    numbers(tar.member('5', name(path) + "/"), numbers);
  }

  /** Adds what is on the way to {@code path} and not there yet. */
  private void parents(String path) {
    for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String parent = path.substring(0, slash);
      if (touched.add(parent)) {
        entry(parent, visible.getOrDefault(parent, List.of()));
      }
    }
  }

  private RawTar numbers(RawTar member) {
    return numbers(member, List.of(mode(), id(), id()));
  }

  private static RawTar numbers(RawTar member, List<String> numbers) {
    return member
        .text(100, 8, numbers.get(0))
        .text(108, 8, numbers.get(1))
        .text(116, 8, numbers.get(2));
  }

  private String mode() {
    return "000" + random.nextInt(0, 8) + "7" + random.nextInt(0, 8) + random.nextInt(0, 8);
  }

  private String id() {
    return "%07o".formatted(random.nextInt(3) == 0 ? random.nextInt(70000) : 0);
  }

  /** As a header has it: RawTar's texts are of ISO 8859-1. */
  private static String name(String path) {
    byte[] bytes = path.substring(1).getBytes(StandardCharsets.UTF_8);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
