package dev.slipway.cli.imagefile;

import dev.slipway.layer.Compression;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How an image's archive is compressed, values of {@code compressor}. */
public enum ArchiveCompression {
  /** Not at all. */
  NONE("none", Compression.NONE),
  /** With gzip. */
  GZ("gz", Compression.GZIP),
  /** With Zstandard. */
  ZSTD("zstd", Compression.ZSTD);

  private final String word;
  private final Compression form;

  ArchiveCompression(String word, Compression form) {
    this.word = word;
    this.form = form;
  }

  /** The value in the image file. */
  public String word() {
    return word;
  }

  /** What a file so compressed is called after its name, with the dot. */
  public String extension() {
    return ".tar" + form.fileExtension();
  }

  /** The form of what is so compressed. */
  public Compression form() {
    return form;
  }

  /** What the image file calls this form. */
  public static ArchiveCompression of(Compression form) {
    return Arrays.stream(values()).filter(value -> value.form == form).findFirst().orElseThrow();
  }

  static List<String> words() {
    return Arrays.stream(values()).map(ArchiveCompression::word).toList();
  }

  static Optional<ArchiveCompression> of(String word) {
    return Arrays.stream(values()).filter(value -> value.word.equals(word)).findFirst();
  }
}
