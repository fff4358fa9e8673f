package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.layer.RawTar;
import dev.slipway.layer.TarSum;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class TarSumCommandTest {
  private static final byte[] TAR = new RawTar().file("f", "content").end();

  @Test
  void printsTheSumOfStandardInput() throws IOException {
    String sum = TarSum.of(new ByteArrayInputStream(TAR), "tar");

    assertThat(Run.reading(TAR, "tarsum").out()).isEqualTo(sum + "\n");
    assertThat(Run.reading(TAR, "tarsum", "--json").out())
        .isEqualTo("{\n    \"tarsum\": \"" + sum + "\"\n}\n");
  }

  @Test
  void refusesWhatIsNoTar() {
    Run run = Run.reading(new byte[] {1, 2, 3}, "tarsum");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("slipway: standard input: offset 0").hasLineCount(1);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void takesNoArguments() {
    assertThat(Run.of("tarsum", "layer.tar").status()).isEqualTo(2);
    assertThat(Run.of("tarsum", "-o", "x").status()).isEqualTo(2);
  }
}
