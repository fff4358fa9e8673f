package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Has an ordinary user run the contract's tests, on each rung of what there is to fall back on. */
class OrdinaryUserIT {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"RANGE,OVERLAY", "RANGE,COPY", "ONE,COPY"})
  void keepsTheContract(String ladder) throws Exception {
    Process process =
        new OrdinaryUser(folder, ladder.contains("RANGE"))
            .java(
                List.of("-Dslipway.ladder=" + ladder, "-Xmx256m"),
                ContractRunner.class.getName(),
                List.of(
                    NamespaceSandboxIT.class.getName(),
                    ladder.contains("ONE") ? SandboxContract.OWNERS : "none"))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).containsPattern("passed [1-9][0-9]");
  }
}
