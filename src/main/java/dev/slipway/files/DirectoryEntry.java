package dev.slipway.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A name in a directory, with the path that opens it.
 *
 * @param name the last component
 * @param path the directory's path and the name
 */
public record DirectoryEntry(RawName name, Path path) implements Comparable<DirectoryEntry> {

  /**
   * The entries of {@code directory} without {@code .} and {@code ..}, in the byte order of their
   * names.
   *
   * @throws IOException if it cannot be listed
   */
  public static List<DirectoryEntry> list(Path directory) throws IOException {
    List<DirectoryEntry> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      for (Path path : stream) {
        entries.add(new DirectoryEntry(RawName.fileName(path), path));
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    entries.sort(null);
    return entries;
  }

  @Override
  public int compareTo(DirectoryEntry other) {
    return name.compareTo(other.name);
  }
}
