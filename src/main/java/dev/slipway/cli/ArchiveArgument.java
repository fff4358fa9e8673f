package dev.slipway.cli;

import dev.slipway.oci.ImageException;
import dev.slipway.transport.ArchiveLimits;
import dev.slipway.transport.DockerArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** An image archive as it is named on the command line. */
final class ArchiveArgument {
  private static final String ARCHIVE = "docker-archive:";
  private static final List<String> OTHER_TRANSPORTS =
      List.of("oci:", "oci-archive:", "docker:", "docker-daemon:", "dir:", "containers-storage:");

  private ArchiveArgument() {}

  /** The file that {@code argument} means. */
  static Path file(String argument) throws IOException {
    for (String transport : OTHER_TRANSPORTS) {
      if (argument.startsWith(transport)) {
        throw new ImageException("'" + argument + "': " + transport + " is not supported yet");
      }
    }
    boolean prefixed = argument.startsWith(ARCHIVE);
    Path file = Path.of(prefixed ? argument.substring(ARCHIVE.length()) : argument);
    if (Files.isDirectory(file)) {
      throw new ImageException(file + ": a directory, and OCI layouts are not supported yet");
    }
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return file;
  }

  /** Opens the archive {@code file}, read with as many threads as there are processors. */
  static DockerArchive open(Path file, Session session) throws IOException {
    return DockerArchive.open(
        file,
        session.temporaryFiles().folder(),
        ArchiveLimits.forThreads(Runtime.getRuntime().availableProcessors()),
        session.digests());
  }
}
