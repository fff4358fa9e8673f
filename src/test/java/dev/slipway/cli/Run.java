package dev.slipway.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * A run of the program within the test's process, on 22 November 2026.
 *
 * @param status the exit status
 * @param output what went to standard output
 * @param err what went to standard error
 */
record Run(int status, ByteArrayOutputStream output, String err) {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.parse("2026-11-22T01:02:03.456789Z"));

  static Run of(String... arguments) {
    return with(Map.of(), arguments);
  }

  static Run with(Map<String, String> variables, String... arguments) {
    return run(variables, new byte[0], arguments);
  }

  /** With {@code input} on standard input. */
  static Run reading(byte[] input, String... arguments) {
    return run(Map.of(), input, arguments);
  }

  private static Run run(Map<String, String> variables, byte[] input, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        Main.run(
            List.of(arguments),
            variables,
            new Streams(
                new ByteArrayInputStream(input),
                Channels.newChannel(out),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                false,
                false),
            CLOCK);
    return new Run(status, out, err.toString(StandardCharsets.UTF_8));
  }

  /** What went to standard output, as text. */
  String out() {
    return output.toString(StandardCharsets.UTF_8);
  }
}
