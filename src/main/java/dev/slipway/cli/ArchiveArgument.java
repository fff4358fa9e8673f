package dev.slipway.cli;

import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageReference;
import dev.slipway.transport.ArchiveLimits;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** An image archive as it is named on the command line. */
final class ArchiveArgument {
  private static final String DOCKER = "docker://";

  /** What is hardly meant to be a reference, and looked for in vain in registries. */
  private static final Pattern MISSING_FILE =
      Pattern.compile("[^:@]*\\.(tar|tgz|tar\\.gz|tar\\.zst)");

  private static final List<String> OTHER_TRANSPORTS =
      List.of("docker:", "docker-daemon:", "dir:", "containers-storage:");

  private ArchiveArgument() {}

  /**
   * The reference that {@code argument} is: what has {@code docker://} before it, or no transport
   * and is no file.
   */
  static Optional<ImageReference> reference(String argument) throws IOException {
    if (argument.startsWith(DOCKER)) {
      return Optional.of(ImageReference.parse(argument.substring(DOCKER.length())).tagged());
    }
    return isFile(argument)
        ? Optional.empty()
        : Optional.of(ImageReference.parse(argument).tagged());
  }

  /** Whether {@code argument} is something of this machine, be it there or not. */
  static boolean isFile(String argument) throws IOException {
    return ImageLocation.parse(argument, Path.of("")).isPresent()
        || OTHER_TRANSPORTS.stream().anyMatch(argument::startsWith)
        || argument.startsWith("/")
        || argument.startsWith(".")
        || MISSING_FILE.matcher(argument).matches()
        || Files.exists(Path.of(argument));
  }

  /** What {@code argument} means. */
  static ImageLocation location(String argument) throws IOException {
    Optional<ImageLocation> prefixed = ImageLocation.parse(argument, Path.of(""));
    if (prefixed.isPresent()) {
      refuseMissing(prefixed.get().path());
      return prefixed.get();
    }
    for (String transport : OTHER_TRANSPORTS) {
      if (argument.startsWith(transport)) {
        throw new ImageException("'" + argument + "': " + transport + " is not supported yet");
      }
    }
    Path path = Path.of(argument);
    refuseMissing(path);
    return ImageLocation.of(path);
  }

  private static void refuseMissing(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
  }

  /** Opens what lies there, read with as many threads as there are processors. */
  static DockerArchive open(ImageLocation location, Session session) throws IOException {
    return DockerArchive.open(
        location,
        session.temporaryFiles().folder(),
        ArchiveLimits.forThreads(Runtime.getRuntime().availableProcessors()),
        session.digests());
  }
}
