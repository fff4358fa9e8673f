package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.oci.Platform;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * An image of the image file as it is named on the command line: {@code NAME}, or {@code NAME@ARCH}
 * for one platform.
 *
 * @param name its key in the image file
 * @param wanted the platform that was chosen
 */
record ImageArgument(String name, Optional<Platform> wanted) {
  private static final String LINUX = "linux";

  /** The image that {@code word} names, if the image file has it. */
  static Optional<ImageArgument> find(String word, ImageFile file) throws UsageException {
    if (file.hasImage(word)) {
      return Optional.of(new ImageArgument(word, Optional.empty()));
    }
    int at = word.lastIndexOf('@');
    return at > 0 && file.hasImage(word.substring(0, at))
        ? Optional.of(
            new ImageArgument(
                word.substring(0, at), Optional.of(platform(word, word.substring(at + 1)))))
        : Optional.empty();
  }

  /**
   * The image that {@code word} names.
   *
   * @throws ImageFileException if the image file has none of that name
   */
  static ImageArgument of(String word, ImageFile file) throws IOException {
    Optional<ImageArgument> found = find(word, file);
    if (found.isEmpty()) {
      file.image(word);
    }
    return found.orElseThrow();
  }

  /** What an archive of it is called by default, but for its ending. */
  String fileName() {
    return wanted.isEmpty() ? name : new ImageFile.Target(name, wanted.get()).fileName();
  }

  /** Reads ARCH, ARCH/VARIANT or OS/ARCH[/VARIANT]. */
  private static Platform platform(String word, String text) throws UsageException {
    String first = text.split("/", -1)[0];
    boolean whole = first.equals(LINUX) || text.chars().filter(c -> c == '/').count() > 1;
    try {
      return Platform.parse(whole ? text : LINUX + "/" + text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("'%s': %s".formatted(word, e.getMessage()), e);
    }
  }

  /** The image for one platform: the one that was chosen, else what suits this machine. */
  ImageFile.Target target(ImageFile file) throws ImageFileException {
    return wanted.isPresent() ? file.target(name, wanted.get()) : file.target(name);
  }

  /** The image for the platform that was chosen, else for each that it is for. */
  List<ImageFile.Target> targets(ImageFile file) throws ImageFileException {
    if (!isList(file)) {
      return List.of(target(file));
    }
    return file.platforms(name).orElseThrow().stream()
        .map(platform -> new ImageFile.Target(name, platform))
        .toList();
  }

  /** Whether a list of platforms is meant. */
  boolean isList(ImageFile file) throws ImageFileException {
    return wanted.isEmpty() && file.platforms(name).isPresent();
  }
}
