package dev.slipway.cli.imagefile;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How an image's archive is compressed, values of {@code compressor}. */
public enum ArchiveCompression {
  /** Not at all. */
  NONE("none", ".tar"),
  /** With gzip. */
  GZ("gz", ".tar.gz"),
  /** With Zstandard. */
  ZSTD("zstd", ".tar.zst");

  private final String word;
  private final String extension;

  ArchiveCompression(String word, String extension) {
    this.word = word;
    this.extension = extension;
  }

  /** The value in the image file. */
  public String word() {
    return word;
  }

  /** What a file so compressed is called after its name, with the dot. */
  public String extension() {
    return extension;
  }

  static List<String> words() {
    return Arrays.stream(values()).map(ArchiveCompression::word).toList();
  }

  static Optional<ArchiveCompression> of(String word) {
    return Arrays.stream(values()).filter(value -> value.word.equals(word)).findFirst();
  }
}
