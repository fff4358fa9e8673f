package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HelpTest {
  private static Stream<String> texts() {
    return Stream.concat(Stream.of(Help.general()), Help.NAMES.stream().map(Help::of));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void optionsStandBelowEachOther(String text) {
    assertThat(text.lines().filter(line -> line.stripLeading().startsWith("-")))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("  -") && !line.startsWith("   "));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void linesFitATerminal(String text) {
    assertThat(text.lines()).allMatch(line -> line.length() <= 100);
  }
}
