package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left when the program itself is killed in the middle of a script. */
class KilledRunIT {
  @TempDir Path folder;

  /** How long the script sleeps: by this its two processes are known, and who has started it. */
  private final String seconds = Long.toString(1_000_000_000 + System.nanoTime() % 1_000_000_000);

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void killAll() {
    started.forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ROOT", "RANGE", "ONE"})
  void leavesNothingThatLastsBeyondTheNextRun(String user) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
    Process first = start(user, temporary);
    started.add(first);
    awaitScript(first);
    while (SandboxContract.processes(seconds).size() < 3) {
      assertThat(first.isAlive()).isTrue();
    }
    first.destroyForcibly().waitFor();
    awaitNone(temporary);
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("slipway-run.");
    assertThat(runs(temporary)).hasSize(1);
    Path stale = runs(temporary).getFirst();
    Process second = start(user, temporary);
    started.add(second);
    awaitScript(second);
    assertThat(stale).doesNotExist();
    assertThat(runs(temporary)).hasSize(1);
    assertThat(groups()).noneMatch(group -> group.contains("-" + first.pid() + "."));
    second.destroyForcibly().waitFor();
    awaitNone(temporary);
  }

  private Process start(String user, Path temporary) throws Exception {
    List<String> arguments = List.of(temporary.toString(), seconds);
    ProcessBuilder builder =
        user.equals("ROOT")
            ? new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                EndlessRun.class.getName(),
                temporary.toString(),
                seconds)
            : new OrdinaryUser(folder, user.equals("RANGE"))
                .java(List.of(), EndlessRun.class.getName(), arguments);
    return builder.redirectErrorStream(true).start();
  }

  private static void awaitScript(Process process) throws Exception {
    BufferedReader said = process.inputReader();
    StringBuilder all = new StringBuilder();
    for (String line = said.readLine(); !"begun".equals(line); line = said.readLine()) {
      assertThat(line).as(all.toString()).isNotNull();
      all.append(line).append('\n');
    }
  }

  /** The kernel takes a moment to end what is in a namespace. */
  private void awaitNone(Path temporary) throws Exception {
    while (!SandboxContract.processes(seconds).isEmpty()
        || !SandboxContract.processes(temporary.toString()).isEmpty()
        || isLooped(temporary)) {
      Thread.onSpinWait();
    }
  }

  /** Whether there is a loop device for a file in {@code folder}. */
  private static boolean isLooped(Path folder) throws Exception {
    try (DirectoryStream<Path> loops = Files.newDirectoryStream(Path.of("/sys/block"), "loop*")) {
      for (Path loop : loops) {
        try {
          if (Files.readString(loop.resolve("loop/backing_file")).contains(folder.toString())) {
            return true;
          }
        } catch (IOException e) {
          // Not in use, or just going away.
        }
      }
    }
    return false;
  }

  private static List<Path> runs(Path temporary) throws Exception {
    try (Stream<Path> entries = Files.list(temporary)) {
      return entries.toList();
    }
  }

  private static List<String> groups() throws Exception {
    try (Stream<Path> groups = Files.walk(Path.of("/sys/fs/cgroup"), 4)) {
      return groups
          .map(group -> group.getFileName().toString())
          .filter(name -> name.startsWith("slipway-"))
          .toList();
    }
  }
}
