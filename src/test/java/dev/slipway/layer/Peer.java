package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Programs that do what this package does. */
final class Peer {
  private final Path work;
  private final Path script;

  /** Peers that put what they need into the folder {@code work}. */
  Peer(Path work) throws IOException {
    this.work = work;
    this.script = work.resolve("peer.py");
    try (InputStream in = Objects.requireNonNull(Peer.class.getResourceAsStream("peer.py"))) {
      Files.write(script, in.readAllBytes());
    }
  }

  /** Runs a command of {@code peer.py} and returns what it has printed. */
  byte[] python(byte[] input, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("python3", "-X", "utf8", script.toString()));
    command.addAll(List.of(arguments));
    return run(work, input, command);
  }

  /** Runs {@code command} in {@code directory}; it must succeed. */
  byte[] run(Path directory, byte[] input, List<String> command) throws Exception {
    Path in = Files.write(work.resolve("in"), input);
    Path out = work.resolve("out");
    Path errors = work.resolve("errors");
    int status =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(errors.toFile())
            .start()
            .waitFor();
    String said = new String(Files.readAllBytes(errors), StandardCharsets.UTF_8);
    assertThat(status).as("%s: %s", command, said).isZero();
    return Files.readAllBytes(out);
  }
}
