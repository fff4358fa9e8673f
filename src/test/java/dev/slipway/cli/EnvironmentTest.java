package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EnvironmentTest {
  private static Environment of(Map<String, String> variables) throws UsageException {
    return Environment.of(variables, "amd64", "/home/of/java");
  }

  @Test
  void hasTheDefaultsOfTheBaseDirectorySpecification() throws Exception {
    Environment environment = of(Map.of("HOME", "/home/a"));
    assertThat(environment.cacheHome()).isEqualTo(Path.of("/home/a/.cache"));
    assertThat(environment.dataHome()).isEqualTo(Path.of("/home/a/.local/share"));
    assertThat(environment.temporaryFolder()).isEqualTo(Path.of("/tmp"));
    assertThat(environment.sourceDateEpoch()).isEqualTo(315_532_800);
    assertThat(of(Map.of()).cacheHome()).isEqualTo(Path.of("/home/of/java/.cache"));
  }

  @Test
  void takesWhatIsSet() throws Exception {
    Environment environment =
        of(
            Map.of(
                "HOME", "/home/a",
                "XDG_CACHE_HOME", "/var/cache/a",
                "XDG_DATA_HOME", "not/absolute",
                "TMPDIR", "/var/tmp",
                "SOURCE_DATE_EPOCH", "1"));
    assertThat(environment.cacheHome()).isEqualTo(Path.of("/var/cache/a"));
    assertThat(environment.dataHome()).isEqualTo(Path.of("/home/a/.local/share"));
    assertThat(environment.temporaryFolder()).isEqualTo(Path.of("/var/tmp"));
    assertThat(environment.sourceDateEpoch()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"amd64, amd64", "x86_64, amd64", "aarch64, arm64", "riscv64, riscv64", "i386, 386"})
  void namesTheArchitectureAsGoDoes(String javaName, String goName) throws Exception {
    assertThat(Environment.of(Map.of(), javaName, "/").architecture()).isEqualTo(goName);
  }
}
