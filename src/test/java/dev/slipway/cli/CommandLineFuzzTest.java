package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is typed, the answer is a result or one line. */
class CommandLineFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "build",
          "stream",
          "inspect",
          "store",
          "help",
          "load",
          "add",
          "closure",
          "verify",
          "gc",
          "web",
          "",
          " ",
          "-",
          "--",
          "---",
          "-f",
          "-o",
          "-t",
          "-q",
          "-h",
          "-fx",
          "-o=",
          "-qh",
          "-z",
          "--json",
          "--quiet",
          "--store",
          "--store=",
          "--store-dir",
          "--store-dir=/",
          "--conf",
          "--conf=/dev/null",
          "--version=1",
          "--help",
          "/nix/store",
          "/nix/store/x",
          "é\n\u001b[0m",
          "=",
          "docker://x",
          "/missing",
          "local?root=");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void answersInOneLine(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 300; i++) {
      List<String> arguments = new ArrayList<>(List.of("--store", folder.toString()));
      arguments.set(1, "local?root=" + folder.resolve("store"));
      for (int words = random.nextInt(5); words >= 0; words--) {
        arguments.add(WORDS.get(random.nextInt(WORDS.size())));
      }
      Run run = Run.with(Map.of("TMPDIR", folder.toString()), arguments.toArray(String[]::new));
      assertThat(run.err())
          .as("seed %d: %s", seed, arguments)
          .doesNotContain("internal error", "\tat ", "\u001b");
      assertThat(run.err().lines().count()).as("seed %d: %s", seed, arguments).isLessThan(2);
      assertThat(run.status() == 0 || run.err().startsWith("slipway: "))
          .as("seed %d: %s: %s", seed, arguments, run.err())
          .isTrue();
    }
  }
}
