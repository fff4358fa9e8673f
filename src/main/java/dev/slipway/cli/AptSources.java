package dev.slipway.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
   * The address below which there are both {@code debian} and {@code debian-security}; empty if apt
   * knows none, or is not there.
   *
   * @param folder where its settings are
   */
  static Optional<URI> mirror(Path folder) throws IOException {
    Set<String> main = new LinkedHashSet<>();
    Set<String> security = new LinkedHashSet<>();
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
    return main.stream().filter(security::contains).map(URI::create).findFirst();
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
