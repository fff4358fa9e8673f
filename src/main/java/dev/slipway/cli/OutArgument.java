package dev.slipway.cli;

import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compressor;
import dev.slipway.oci.JsonObject;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The OUT of a command that writes one archive.
 *
 * @param place a file, or a dash for standard output
 * @param session where it is written
 * @param json whether the result is told as JSON
 */
record OutArgument(String place, Session session, boolean json) {
  /** The place that is standard output. */
  static final String STANDARD_OUTPUT = "-";

  /** The OUT of this command line, which must have one. */
  static OutArgument of(Invocation invocation, Session session) throws UsageException {
    Optional<String> out = place(invocation, session);
    if (out.isEmpty()) {
      throw new UsageException("slipway " + invocation.words().getFirst() + " needs -o OUT");
    }
    return new OutArgument(out.get(), session, invocation.has(OptionName.JSON));
  }

  /** What {@code -o} says, if it is given; it may be a dash, but names no directory. */
  static Optional<String> place(Invocation invocation, Session session) throws UsageException {
    Optional<String> out = invocation.value(OptionName.OUT);
    boolean folder = out.isPresent() && out.get().startsWith(ImageLocation.Form.OCI.prefix());
    if (out.isPresent() && out.get().endsWith("/") && !folder) {
      throw new UsageException("-o: expected a file, but '" + out.get() + "' names a directory");
    }
    if (out.equals(Optional.of(STANDARD_OUTPUT))) {
      session.streams().refuseTerminal();
      if (invocation.has(OptionName.JSON)) {
        throw new UsageException("-o - and --json both want standard output");
      }
    }
    return out;
  }

  /** Writes the archive there, whole or not at all, and tells where it is. */
  void write(Compressor.Input archive) throws IOException {
    if (place.equals(STANDARD_OUTPUT)) {
      try {
        archive.writeTo(session.streams().outForMuch());
      } catch (IOException e) {
        throw Streams.explain(e);
      }
      return;
    }
    try (OutputFile output = OutputFile.create(file(place), session.temporaryFiles())) {
      try {
        archive.writeTo(output.channel());
        output.commit();
      } catch (IOException e) {
        throw output.explain(e);
      }
    }
    tell();
  }

  /**
   * The file that OUT names, which is no layout, and keeps the names that are in it.
   *
   * @throws UsageException if it gives another name
   */
  private static Path file(String out) throws IOException {
    ArchiveOutput archive = ArchiveOutput.of(out);
    if (archive.name().isPresent()) {
      throw new UsageException(
          "-o: '" + out + "': only an image that is built can be given a name");
    }
    return archive.file();
  }

  /** Tells where the result is. */
  void tell() throws IOException {
    new JsonOrText(session.streams(), json)
        .write(() -> JsonObject.EMPTY.with("out", place), () -> place + "\n");
  }
}
