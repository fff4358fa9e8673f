package dev.slipway.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs the commands of a file, one a line, in this one process, from which the JVM makes the AOT
 * cache that the launcher starts with.
 */
final class Training {
  private Training() {}

  /**
   * Runs the commands.
   *
   * @param args the file; the words of a line are separated by single spaces and hold none
   * @throws IOException if the file cannot be read
   */
  public static void main(String[] args) throws IOException {
    for (String line : Files.readAllLines(Path.of(args[0]))) {
      Main.run(line.split(" ", -1));
    }
  }
}
