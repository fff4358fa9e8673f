package dev.slipway.cli.imagefile;

/**
 * Where something stands in a file.
 *
 * @param file the file as its user named it
 * @param line counted from 1; 0 for the file as a whole
 * @param column counted in characters from 1
 */
public record Position(String file, int line, int column) {
  /** The whole of a file. */
  static Position of(String file) {
    return new Position(file, 0, 0);
  }

  /** {@code file:line:column}, as compilers write it. */
  @Override
  public String toString() {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
