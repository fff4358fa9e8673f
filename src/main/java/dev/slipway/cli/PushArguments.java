package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
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
   * @param image the image, for one platform or for all that it lists
   */
  record Named(ImageArgument image) implements Source {}

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
    List<String> images = new ArrayList<>();
    List<ImageReference> references = new ArrayList<>();
    for (String word : words) {
      if (!isImage(word, file)) {
        references.add(reference(word));
      } else if (references.isEmpty()) {
        images.add(word);
      } else {
        throw new UsageException(
            "slipway push: expected a reference after '%s', but '%s' is an image"
                .formatted(references.getLast().familiar(), word));
      }
    }
    if (images.isEmpty() || references.isEmpty()) {
      throw new UsageException(
          words.isEmpty()
              ? "slipway push needs a NAME, ARCHIVE or LAYOUT, and a REF"
              : images.isEmpty()
                  ? "slipway push: '%s' is no image of the image file, and no file"
                      .formatted(words.getFirst())
                  : "slipway push: expected a REF after '%s', where the image goes"
                      .formatted(images.getLast()));
    }
    // Only now: what is missing here is worse than a file that is missing.
    List<Source> sources = new ArrayList<>();
    for (String image : images) {
      sources.add(source(image, file));
    }
    return new PushArguments(words, sources, references);
  }

  private static boolean isImage(String word, Optional<ImageFile> file) throws IOException {
    return named(word, file).isPresent()
        || (!word.startsWith(DOCKER) && ArchiveArgument.isFile(word));
  }

  private static Source source(String word, Optional<ImageFile> file) throws IOException {
    Optional<Source> named = named(word, file);
    return named.isPresent() ? named.get() : new Located(ArchiveArgument.location(word));
  }

  private static Optional<Source> named(String word, Optional<ImageFile> file)
      throws UsageException {
    return file.isEmpty() ? Optional.empty() : ImageArgument.find(word, file.get()).map(Named::new);
  }

  private static ImageReference reference(String word) throws UsageException {
    String text = word.startsWith(DOCKER) ? word.substring(DOCKER.length()) : word;
    ImageReference reference = PullCommand.reference(text).tagged();
    if (reference.tag().isPresent() && reference.digest().isPresent()) {
      throw new UsageException(
          "slipway push: '%s': expected a tag or a digest, found both".formatted(word));
    }
    return reference;
  }
}
