package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Another process that adds to a store: prints what it added, then waits for its input's end. */
final class StoreProcess implements AutoCloseable {
  private final Process process;

  private StoreProcess(Process process) {
    this.process = process;
  }

  /** Starts one that adds {@code source}. */
  static StoreProcess adding(Path root, Path source) throws IOException {
    return start("add", root, source);
  }

  /** Starts one that stops in the middle of copying a file. */
  static StoreProcess stuck(Path root) throws IOException {
    return start("stick", root, root);
  }

  private static StoreProcess start(String what, Path root, Path source) throws IOException {
    List<String> command = command(what, root, source.toString());
    return new StoreProcess(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private static List<String> command(String what, Path root, String argument) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        StoreProcess.class.getName(),
        what,
        root.toString(),
        argument);
  }

  /**
   * What one prints that runs to its end with {@code root} as {@code mount} leaves it, a command
   * that is run there in a mount namespace of its own.
   */
  static String afterMounting(String mount, Path root, String what, String argument)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--map-root-user",
                "--mount",
                "sh",
                "-c",
                "cd \"$0\" && " + mount + " && exec \"$@\"",
                root.toString()));
    command.addAll(command(what, root, argument));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + command);
    }
    return out;
  }

  /** What it printed. */
  String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = process.getInputStream().read()) >= 0 && c != '\n') {
      line.append((char) c);
    }
    return line.toString();
  }

  /** Ends it as {@code kill -9} does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Lets it end in order. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  static void main(String[] arguments) throws IOException {
    StoreSettings settings =
        StoreSettings.of(Path.of("/nonexistent"), InstantSource.fixed(Instant.EPOCH));
    StoreLocation location = new StoreLocation.Chroot(Path.of(arguments[1]));
    try (WritableStore store = Stores.openWritable(location, settings)) {
      switch (arguments[0]) {
        case "query" ->
            say(
                store
                    .closure(Set.of(StorePath.parse("/nix/store", arguments[2])))
                    .paths()
                    .toString());
        case "fill" -> {
          try {
            say(store.addPath("x", Path.of(arguments[2])).toString());
          } catch (IOException e) {
            say("" + e.getMessage());
          }
          say(DirectoryEntry.list(Path.of(arguments[1], "nix/store")).toString());
        }
        case "add" -> {
          say(store.addPath("x", Path.of(arguments[2])).toString());
          waitForEnd();
        }
        default -> store.addTree("stuck", stuckFile(), Set.of());
      }
    }
  }

  private static NarNode stuckFile() {
    int[] reads = {0};
    return new NarNode.Regular(
        4,
        false,
        out -> {
          if (reads[0]++ > 0) {
            say("stuck");
            waitForEnd();
          }
          out.write(ByteBuffer.allocate(4));
        });
  }

  private static void say(String line) throws IOException {
    System.out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    System.out.flush();
  }

  private static void waitForEnd() throws IOException {
    while (System.in.read() >= 0) {
      // Until whoever started this closes the pipe.
    }
  }
}
