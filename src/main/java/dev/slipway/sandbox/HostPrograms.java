package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The programs of this machine.
 *
 * @param path the folders in which they are looked for, in this order
 */
record HostPrograms(List<Path> path) {
  /**
   * In a line of ldd(1), a file: {@code libc.so.6 => /lib/libc.so.6 (0x…)}, or a path alone. Before
   * the arrow stands one, too, where programs have another name for the loader than ldd has, as in
   * nixpkgs.
   */
  private static final Pattern LIBRARY = Pattern.compile("\\s(/\\S+) (?==> /|\\(0x)");

  /** Takes a copy. */
  HostPrograms {
    path = List.copyOf(path);
  }

  /** Where a program is, if it is there. */
  Optional<Path> find(String name) {
    return path.stream()
        .map(folder -> folder.resolve(name))
        .filter(Files::isExecutable)
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Where a program is.
   *
   * @param origin where it is from: {@code Debian: util-linux} for example
   * @throws ImageException if it is not there
   */
  Path get(String name, String origin) throws ImageException {
    return find(name)
        .orElseThrow(() ->
            new ImageException(
                "a virtual machine needs the program "
                    + name
                    + ", which is not installed ("
                    + origin
                    + ")"));
  }

  /**
   * What programs load, by absolute path.
   *
   * @throws InterruptedException if waiting for ldd(1) is interrupted
   */
  Set<Path> libraries(List<Path> programs) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(get("ldd", "Debian: libc-bin").toString()));
    programs.forEach(program -> command.add(program.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().retainAll(Set.of("PATH"));
    Process ldd = builder.start();
    ldd.getOutputStream().close();
    Set<Path> libraries = new TreeSet<>();
    try (BufferedReader lines = ldd.inputReader()) {
      lines
          .lines()
          .map(LIBRARY::matcher)
          .flatMap(Matcher::results)
          .forEach(found -> libraries.add(Path.of(found.group(1))));
    }
    // Its status tells whether each of them loads anything, which a static one does not.
    ldd.waitFor();
    return libraries;
  }
}
