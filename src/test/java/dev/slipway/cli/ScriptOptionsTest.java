package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.sandbox.ScriptRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScriptOptionsTest {
  private static ScriptOptions of(String... options) throws UsageException {
    return ScriptOptions.of(Invocation.parse(List.of(options)));
  }

  @Test
  void nothingIsAskedForUnlessItIs() throws Exception {
    assertThat(of("build", "it"))
        .isEqualTo(
            new ScriptOptions(
                ScriptOptions.Isolation.AUTO,
                Optional.empty(),
                Optional.empty(),
                ScriptRun.Network.NONE,
                Optional.empty(),
                false,
                false));
  }

  @Test
  void theyAreTaken() throws Exception {
    assertThat(
            of(
                "build",
                "--isolation=vm",
                "--vm-kernel=/boot/it",
                "--vm-modules",
                "modules",
                "--network",
                "host",
                "--script-timeout=90",
                "--keep-failed",
                "--cache-scripts"))
        .isEqualTo(
            new ScriptOptions(
                ScriptOptions.Isolation.VM,
                Optional.of(Path.of("/boot/it")),
                Optional.of(Path.of("modules")),
                ScriptRun.Network.HOST,
                Optional.of(Duration.ofSeconds(90)),
                true,
                true));
  }

  @ParameterizedTest
  @CsvSource({"1,1", "45s,45", "5m,300", "2h,7200"})
  void aTimeHasAUnit(String text, long seconds) throws Exception {
    assertThat(of("--script-timeout", text).timeout()).contains(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--isolation=docker|--isolation: expected auto or namespaces or vm, found 'docker'",
        "--network=hosts|--network: expected none or host, found 'hosts'",
        "--script-timeout=0|--script-timeout: expected a number of seconds, or of minutes or hours"
            + " with m or h behind, found '0'",
        "--script-timeout=5d|--script-timeout: expected a number of seconds, or of minutes or"
            + " hours with m or h behind, found '5d'",
        "--script-timeout=-1|--script-timeout: expected a number of seconds, or of minutes or"
            + " hours with m or h behind, found '-1'",
      })
  void whatCannotBeIsRefused(String option, String message) {
    assertThatThrownBy(() -> of(option)).isInstanceOf(UsageException.class).hasMessage(message);
  }
}
