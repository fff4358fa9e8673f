package dev.slipway.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs programs that know the same formats. */
public final class Programs {
  private static final int MINUTES = 5;

  private Programs() {}

  /** What {@code command} prints; it must succeed. */
  public static String run(String... command) throws IOException, InterruptedException {
    return run(Path.of("").toAbsolutePath(), command);
  }

  /** What {@code command} prints when it is run in {@code folder}; it must succeed. */
  public static String run(Path folder, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("program", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(List.of(command) + " does not end");
      }
      String printed = new String(Files.readAllBytes(out), UTF_8);
      if (process.exitValue() != 0) {
        throw new AssertionError(
            List.of(command) + " failed with " + process.exitValue() + ": " + printed);
      }
      return printed;
    } finally {
      Files.delete(out);
    }
  }

  /** Writes the resource {@code name} of {@code owner}'s package into {@code folder}. */
  public static Path script(Class<?> owner, String name, Path folder) throws IOException {
    try (var in = owner.getResourceAsStream(name)) {
      if (in == null) {
        throw new AssertionError("no resource " + name);
      }
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    }
  }
}
