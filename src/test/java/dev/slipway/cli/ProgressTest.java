package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.build.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final PrintStream err = new PrintStream(shown, true, StandardCharsets.UTF_8);

  private static void build(Progress progress) {
    progress.started("web:1", 2);
    progress.written(3 << 20);
    progress.warning("odd");
    progress.written(512);
    progress.finished();
  }

  @Test
  void isOneLineALayerWithoutATerminal() {
    Instant start = Instant.EPOCH;
    build(
        new ProgressLines(
            err,
            new InstantSource() {
              private int asked;

              @Override
              public Instant instant() {
                return start.plusMillis(1_500L * asked++);
              }
            }));
    assertThat(shown.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            web:1: layer 1 of 2, 3.0 MiB
            slipway: warning: odd
            web:1: layer 2 of 2, 512 B
            web:1: 2 layers, 3.0 MiB in 1.5 s, 2.0 MiB/s
            """);
  }

  @Test
  void isABarOnATerminalThatIsGoneInTheEnd() throws Exception {
    build(
        new ProgressDisplay(
            err, Environment.of(Map.of("TERM", "dumb", "COLUMNS", "60"), "amd64", "/")));
    String text = shown.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("web:1").contains("slipway: warning: odd\n");
    assertThat(text.substring(text.lastIndexOf('\r'))).isBlank();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1048575, 1024.0 KiB",
    "1048576, 1.0 MiB",
    "9223372036854775807, 8.0 EiB"
  })
  void showsSizesForPeople(long size, String shown) {
    assertThat(Bytes.of(size)).isEqualTo(shown);
  }
}
