package dev.slipway.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Docker daemon of a test's own, apart from any other on the machine: its socket, its images and
 * its state lie in the folder given. It has no network.
 */
public final class DockerDaemon implements AutoCloseable {
  private static final int TRIES = 600;
  private static final int PAUSE_MILLISECONDS = 100;
  private static final int STOP_SECONDS = 60;

  private final Process process;
  private final Path socket;
  private final Path log;

  private DockerDaemon(Process process, Path socket, Path log) {
    this.process = process;
    this.socket = socket;
    this.log = log;
  }

  /** Starts a daemon and waits until it answers. */
  public static DockerDaemon start(Path folder) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory(folder.toAbsolutePath(), "docker");
    Path socket = home.resolve("sock");
    Path log = home.resolve("log");
    Process process =
        new ProcessBuilder(
                "dockerd",
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none",
                "--host=unix://" + socket,
                "--data-root=" + home.resolve("data"),
                "--exec-root=" + home.resolve("exec"),
                "--pidfile=" + home.resolve("pid"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    DockerDaemon daemon = new DockerDaemon(process, socket, log);
    try {
      daemon.awaitAnswer();
      return daemon;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      daemon.close();
      throw e;
    }
  }

  private void awaitAnswer() throws IOException, InterruptedException {
    for (int i = 0; i < TRIES; i++) {
      Process info =
          new ProcessBuilder("docker", "--host=unix://" + socket, "info")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (info.waitFor() == 0) {
        return;
      }
      if (process.waitFor(PAUSE_MILLISECONDS, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    throw new AssertionError("dockerd does not answer: " + Files.readString(log));
  }

  /** Where it listens, as {@code DOCKER_HOST} has it. */
  public String host() {
    return "unix://" + socket;
  }

  /** What {@code docker} prints for these arguments; it must succeed. */
  public String docker(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("docker", "--host=" + host()));
    command.addAll(List.of(arguments));
    return Programs.run(command.toArray(String[]::new));
  }

  /**
   * What a server in a container answers, once it does: asked from within the container's own
   * network, so that no other is needed.
   */
  public String ask(String container, String url) throws IOException, InterruptedException {
    String process = docker("inspect", "--format={{.State.Pid}}", container).strip();
    return Programs.run(
        "nsenter",
        "--target",
        process,
        "--net",
        "curl",
        "--silent",
        "--show-error",
        "--retry",
        "20",
        "--retry-connrefused",
        "--retry-delay",
        "1",
        url);
  }

  /** Stops it and waits until it has ended. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
