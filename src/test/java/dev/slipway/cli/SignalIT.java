package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A signal ends the program in the middle of a build: nothing half-written stays. */
class SignalIT {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "INT, 130, extraCommands, Layered",
    "TERM, 143, extraCommands, Layered",
    "INT, 130, fakeRootCommands, Layered",
    "TERM, 143, runAsRoot, ''",
    "KILL, 137, extraCommands, Layered",
    "KILL, 137, runAsRoot, ''"
  })
  void leavesNothing(String signal, int status, String script, String kind) throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Path work = Files.createDirectory(folder.resolve("work"));
    Path file =
        Files.writeString(
            folder.resolve("slipway.yaml"),
            """
            images:
              slow:
                build%sImage:
                  name: slow
                  copyToRoot: []
                  %s: touch begun; echo ready; sleep 600
              fast: { buildImage: { name: fast, extraCommands: 'true', runAsRoot: 'true' } }
            """
                .formatted(kind, script)
                .replace("copyToRoot", kind.isEmpty() ? "copyToRoot" : "contents"));
    Process process = start("slow", file, temporary, work);
    List<ProcessHandle> children;
    try (BufferedReader err = process.errorReader()) {
      assertThat(err.readLine()).isEqualTo("ready");
      children = process.descendants().toList();
      assertThat(children).isNotEmpty();
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(status);
    } finally {
      process.destroyForcibly();
    }
    for (ProcessHandle child : children) {
      child.onExit().get(30, TimeUnit.SECONDS);
    }
    if (signal.equals("KILL")) {
      // What could not be undone, the next process does.
      Process next = start("fast", file, temporary, work);
      assertThat(next.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(next.exitValue()).isZero();
      Files.delete(work.resolve("fast.tar.gz"));
    }
    assertThat(temporary).isEmptyDirectory();
    assertThat(work).isEmptyDirectory();
  }

  private Process start(String image, Path file, Path temporary, Path work) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "build",
            image,
            "--store",
            "embedded",
            "-f",
            file.toString());
    builder.directory(work.toFile());
    builder.environment().put("TMPDIR", temporary.toString());
    builder.environment().put("XDG_DATA_HOME", folder.resolve("data").toString());
    builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    return builder.start();
  }
}
