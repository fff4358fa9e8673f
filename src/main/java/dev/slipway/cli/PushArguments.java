package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is pushed where.
 *
 * @param words the arguments as they were given
 * @param sources the images; several become one for several platforms
 * @param references where they go
 */
record PushArguments(List<String> words, List<Source> sources, List<ImageReference> references) {
  private static final String DOCKER = "docker://";

  /** Where an image is from. */
  sealed interface Source {}

  /**
   * An image of the image file.
   *
   * @param name its key
   * @param architecture the architecture that it is built for, in place of its own
   */
  record Named(String name, Optional<String> architecture) implements Source {}

  /**
   * An image that was built before.
   *
   * @param location where it lies
   */
  record Located(ImageLocation location) implements Source {}

  /**
   * Tells sources from references: a key of the image file, perhaps with {@code @} and an
   * architecture, is an image; so is what has a transport or is a file; all else is a reference.
   *
   * @throws UsageException if there is not at least one of each, sources first
   */
  static PushArguments of(Invocation invocation, Optional<ImageFile> file) throws IOException {
    List<String> words = invocation.words().subList(1, invocation.words().size());
    List<Source> sources = new ArrayList<>();
    List<ImageReference> references = new ArrayList<>();
    for (String word : words) {
      Optional<Source> source = source(word, file);
      if (source.isEmpty()) {
        references.add(reference(word));
      } else if (references.isEmpty()) {
        sources.add(source.get());
      } else {
        throw new UsageException(
            "slipway push: expected a reference after '%s', but '%s' is an image"
                .formatted(references.getLast().familiar(), word));
      }
    }
    if (sources.isEmpty() || references.isEmpty()) {
      throw new UsageException(
          words.size() < 2
              ? "slipway push needs a NAME, ARCHIVE or LAYOUT, and a REF"
              : sources.isEmpty()
                  ? "slipway push: '%s' is no image of the image file, and no file"
                      .formatted(words.getFirst())
                  : "slipway push needs a REF, but all arguments are images");
    }
    return new PushArguments(words, sources, references);
  }

  private static Optional<Source> source(String word, Optional<ImageFile> file) throws IOException {
    if (file.isPresent()) {
      if (file.get().hasImage(word)) {
        return Optional.of(new Named(word, Optional.empty()));
      }
      int at = word.lastIndexOf('@');
      if (at > 0 && file.get().hasImage(word.substring(0, at))) {
        return Optional.of(new Named(word.substring(0, at), Optional.of(word.substring(at + 1))));
      }
    }
    return word.startsWith(DOCKER) || !ArchiveArgument.isFile(word)
        ? Optional.empty()
        : Optional.of(new Located(ArchiveArgument.location(word)));
  }

  private static ImageReference reference(String word) throws ImageException {
    ImageReference reference =
        ImageReference.parse(word.startsWith(DOCKER) ? word.substring(DOCKER.length()) : word);
    return reference.tagged();
  }
}
