package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Linux kernel to be run in a virtual machine.
 *
 * @param image the kernel itself
 * @param modules the folder of its modules, with {@code modules.dep} as depmod(8) writes it
 */
record GuestKernel(Path image, Path modules) {
  private static final String PREFIX = "vmlinuz-";
  private static final Pattern MODULE = Pattern.compile("([^/]+)\\.ko(\\.[a-z0-9]+)?$");
  private static final Pattern PIECE = Pattern.compile("[0-9]+|[^0-9]+");

  /**
   * A kernel that was asked for.
   *
   * @param modules the folder of its modules; if empty, the one in {@code modulesRoot} that has the
   *     kernel's version for a name
   * @throws ImageException if one of them is not there or cannot be read
   */
  static GuestKernel of(Path image, Optional<Path> modules, Path modulesRoot)
      throws ImageException {
    if (!Files.isReadable(image)) {
      throw new ImageException("the kernel " + image + " cannot be read");
    }
    String name = image.getFileName().toString();
    String release = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    Path folder = modules.orElse(modulesRoot.resolve(release));
    if (!Files.isReadable(folder.resolve("modules.dep"))) {
      throw new ImageException(
          "the kernel "
              + image
              + " has no modules that can be read: "
              + folder.resolve("modules.dep"));
    }
    return new GuestKernel(image, folder);
  }

  /**
   * This machine's newest kernel.
   *
   * @param boot where kernels lie, {@code /boot}; some systems have them beside their modules
   * @param modulesRoot where each has a folder of modules, {@code /lib/modules}
   * @throws ImageException if there is none, or none that the caller may read
   */
  static GuestKernel newest(Path boot, Path modulesRoot) throws IOException {
    List<Path> folders = new ArrayList<>();
    if (Files.isDirectory(modulesRoot)) {
      try (Stream<Path> found = Files.list(modulesRoot)) {
        found
            .filter(folder -> Files.isReadable(folder.resolve("modules.dep")))
            .forEach(folders::add);
      }
    }
    folders.sort(
        Comparator.comparing(folder -> folder.getFileName().toString(), GuestKernel::byVersion));
    @Nullable Path refused = null;
    for (Path folder : folders.reversed()) {
      for (Path image :
          List.of(boot.resolve(PREFIX + folder.getFileName()), folder.resolve("vmlinuz"))) {
        if (Files.isReadable(image)) {
          return new GuestKernel(image, folder);
        }
        if (refused == null && Files.exists(image)) {
          refused = image;
        }
      }
    }
    throw new ImageException(
        refused == null
            ? "a virtual machine needs a Linux kernel, but there is none in "
                + boot
                + " that has modules in "
                + modulesRoot
                + ": install one (Debian: linux-image-cloud-amd64 or linux-image-cloud-arm64)"
            : "a virtual machine needs a Linux kernel, but "
                + refused
                + " cannot be read: have root"
                + " make it readable");
  }

  /** Numbers in it by their value, the rest as text. */
  static int byVersion(String one, String other) {
    Matcher ones = PIECE.matcher(one);
    Matcher others = PIECE.matcher(other);
    while (true) {
      boolean more = ones.find();
      if (!others.find()) {
        return more ? 1 : 0;
      }
      if (!more) {
        return -1;
      }
      String piece = ones.group();
      String against = others.group();
      boolean numbers = Character.isDigit(piece.charAt(0)) && Character.isDigit(against.charAt(0));
      int order =
          numbers
              ? new BigInteger(piece).compareTo(new BigInteger(against))
              : piece.compareTo(against);
      if (order != 0) {
        return order;
      }
    }
  }

  /**
   * The files of modules with all that they depend on, in the order in which they can be loaded.
   * What is part of the kernel itself has none.
   *
   * @param needed names of modules that have to be there
   * @param useful names of modules that are taken if they are there
   * @throws ImageException if a needed one is neither a module nor part of the kernel
   */
  List<Path> loadOrder(List<String> needed, List<String> useful) throws IOException {
    Map<String, List<String>> dependencies = new HashMap<>();
    for (String line : Files.readAllLines(modules.resolve("modules.dep"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        List<String> files = new ArrayList<>();
        for (String file : line.substring(colon + 1).split(" ", -1)) {
          if (!file.isEmpty()) {
            files.add(file);
          }
        }
        // They stand there with the one that needs no other at the end.
        Collections.reverse(files);
        files.add(line.substring(0, colon));
        dependencies.put(name(line.substring(0, colon)), files);
      }
    }
    Set<String> builtIn = new HashSet<>();
    Path list = modules.resolve("modules.builtin");
    if (Files.exists(list)) {
      Files.readAllLines(list).forEach(file -> builtIn.add(name(file)));
    }
    Set<String> files = new LinkedHashSet<>();
    for (String module : needed) {
      if (dependencies.containsKey(module)) {
        files.addAll(dependencies.get(module));
      } else if (!builtIn.contains(module)) {
        throw new ImageException(
            "the kernel " + image + " cannot be used: it has no " + module + " in " + modules);
      }
    }
    for (String module : useful) {
      files.addAll(dependencies.getOrDefault(module, List.of()));
    }
    return files.stream().map(modules::resolve).toList();
  }

  /** What a module is called: {@code virtio_rng} for {@code kernel/…/virtio-rng.ko.xz}. */
  static String name(String file) {
    Matcher matcher = MODULE.matcher(file);
    return (matcher.find() ? matcher.group(1) : file).replace('-', '_');
  }

  /**
   * The program that unpacks a module's file, called with {@code -dc} and the file.
   *
   * @return empty if it is not packed
   */
  static Optional<String> unpacker(Path module) throws ImageException {
    String name = module.getFileName().toString();
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".ko" -> Optional.empty();
      case ".gz" -> Optional.of("gzip");
      case ".xz" -> Optional.of("xz");
      case ".zst" -> Optional.of("zstd");
      default -> throw new ImageException(module + " is packed in a way that is not known");
    };
  }
}
