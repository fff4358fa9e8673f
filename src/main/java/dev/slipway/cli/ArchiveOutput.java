package dev.slipway.cli;

import dev.slipway.oci.ImageReference;
import dev.slipway.transport.ImageChoice;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An OUT that is an archive.
 *
 * @param file where it is
 * @param name what its image is called there, in place of its own name
 */
record ArchiveOutput(Path file, Optional<ImageReference> name) {
  /** The archive that OUT names: {@code FILE} or {@code docker-archive:FILE[:NAME[:TAG]]}. */
  static ArchiveOutput of(String out) throws IOException {
    Optional<ImageLocation> location = ImageLocation.parse(out, Path.of(""));
    if (location.isEmpty()) {
      return new ArchiveOutput(Path.of(out), Optional.empty());
    }
    ImageChoice choice = location.get().choice();
    if (choice.digest().isPresent() || choice.index().isPresent()) {
      throw new UsageException("-o: '" + out + "': what is written cannot be chosen by " + choice);
    }
    Optional<ImageReference> name = Optional.empty();
    if (choice.name().isPresent()) {
      name = Optional.of(PullCommand.reference(choice.name().get()).tagged());
      if (name.get().digest().isPresent()) {
        throw new UsageException("-o: '" + out + "': an archive's image has no digest");
      }
    }
    return new ArchiveOutput(location.get().path(), name);
  }
}
