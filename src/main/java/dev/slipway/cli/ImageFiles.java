package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the image file that a command line means. */
final class ImageFiles {
  private static final Path USUAL = Path.of("slipway.yaml");
  private static final Path USUAL_JSON = Path.of("slipway.json");

  private ImageFiles() {}

  /** The image file, if the command line names one or there is one in the current folder. */
  static Optional<ImageFile> find(Invocation invocation, Session session) throws IOException {
    boolean there =
        invocation.has(OptionName.FILE) || Files.exists(USUAL) || Files.exists(USUAL_JSON);
    return there ? Optional.of(read(invocation, session)) : Optional.empty();
  }

  static ImageFile read(Invocation invocation, Session session) throws IOException {
    Optional<String> option = invocation.value(OptionName.FILE);
    Path usual = Files.exists(USUAL) || !Files.exists(USUAL_JSON) ? USUAL : USUAL_JSON;
    Path path = option.map(Path::of).orElse(usual);
    if (Files.isDirectory(path)) {
      throw new UsageException(path + ": a directory, expected an image file");
    }
    try {
      return ImageFile.read(
          path,
          new ImageFile.Defaults(
              ChosenStore.storeDir(invocation), session.environment().architecture()));
    } catch (NoSuchFileException e) {
      throw new UsageException(path + ": no such image file; -f names another", e);
    }
  }
}
