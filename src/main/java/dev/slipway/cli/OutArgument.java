package dev.slipway.cli;

import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Compressor;
import dev.slipway.oci.JsonObject;
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
  private static final String STANDARD_OUTPUT = "-";

  /** The OUT of this command line, which must have one. */
  static OutArgument of(Invocation invocation, Session session) throws UsageException {
    Optional<String> out = invocation.value(OptionName.OUT);
    boolean json = invocation.has(OptionName.JSON);
    if (out.isEmpty() || out.get().isEmpty()) {
      throw new UsageException("slipway " + invocation.words().getFirst() + " needs -o OUT");
    }
    if (out.get().equals(STANDARD_OUTPUT)) {
      session.streams().refuseTerminal();
      if (json) {
        throw new UsageException("-o - and --json both want standard output");
      }
    }
    return new OutArgument(out.get(), session, json);
  }

  /** Writes the archive there, whole or not at all, and tells where it is. */
  void write(Compressor.Input archive) throws IOException {
    if (place.equals(STANDARD_OUTPUT)) {
      try {
        archive.writeTo(session.streams().out());
      } catch (IOException e) {
        throw Streams.explain(e);
      }
      return;
    }
    try (OutputFile output = OutputFile.create(Path.of(place), session.temporaryFiles())) {
      try {
        archive.writeTo(output.channel());
        output.commit();
      } catch (IOException e) {
        throw output.explain(e);
      }
    }
    new JsonOrText(session.streams(), json)
        .write(() -> JsonObject.EMPTY.with("out", place), () -> place + "\n");
  }
}
