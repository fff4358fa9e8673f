package dev.slipway.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What apt on this machine is told of where packages are had from, in either of its forms
 * (sources.list(5)): lines that begin with {@code deb}, and paragraphs with a field {@code URIs}.
 */
final class AptSources {
  /** Where distributions keep them. */
  static final Path FOLDER = Path.of("/etc/apt");

  private static final Pattern FILE = Pattern.compile(".*\\.(list|sources)");
  private static final Pattern ADDRESSES = Pattern.compile("\\s*(deb\\s|URIs:).*");
  private static final Pattern MIRROR =
      Pattern.compile("(https?://[^\\s/]+(?:/\\S*)?)/(debian|debian-security)/?");

  private AptSources() {}

  /**
   * Where Debian's archives are.
   *
   * @param main the address below which there is {@code debian}
   * @param security the one below which there is {@code debian-security}, mostly the same
   */
  record Found(URI main, URI security) {}

  /**
   * Where apt has Debian's archives from: rather one address for both than the first of each; empty
   * if it does not know both, or is not there.
   *
   * @param folder where its settings are
   */
  static Optional<Found> mirror(Path folder) throws IOException {
    SequencedSet<String> main = new LinkedHashSet<>();
    SequencedSet<String> security = new LinkedHashSet<>();
    for (Path file : files(folder)) {
      for (String line : Files.readAllLines(file)) {
        if (!ADDRESSES.matcher(line).matches()) {
          continue;
        }
        for (String word : line.strip().split("\\s+", -1)) {
          var mirror = MIRROR.matcher(word);
          if (mirror.matches()) {
            (mirror.group(2).equals("debian") ? main : security).add(mirror.group(1));
          }
        }
      }
    }
    if (main.isEmpty() || security.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> both = main.stream().filter(security::contains).findFirst();
    return Optional.of(
        new Found(
            URI.create(both.orElse(main.getFirst())),
            URI.create(both.orElse(security.getFirst()))));
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder, 2)) {
      return files
          .filter(file -> FILE.matcher(file.toString()).matches() && Files.isReadable(file))
          .sorted()
          .toList();
    }
  }
}
