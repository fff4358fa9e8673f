package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  record Wrong(List<String> arguments, int status, String line) {
    @Override
    public String toString() {
      return String.join(" ", arguments);
    }
  }

  static Stream<Wrong> wrong() throws IOException {
    String text;
    try (InputStream in =
        Objects.requireNonNull(CommandLineTest.class.getResourceAsStream("usage.txt"))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Wrong> wrong = new ArrayList<>();
    List<String> arguments = List.of();
    for (String line : text.lines().toList()) {
      if (line.startsWith("$")) {
        arguments = line.equals("$") ? List.of() : List.of(line.substring(2).split(" ", -1));
      } else if (!line.isEmpty() && !line.startsWith("#")) {
        wrong.add(new Wrong(arguments, Integer.parseInt(line, 0, 1, 10), line.substring(2)));
      }
    }
    return wrong.stream();
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongLinesAreToldInOneLine(Wrong wrong) {
    Run run = Run.of(wrong.arguments().toArray(String[]::new));
    assertThat(run.err()).isEqualTo(wrong.line() + "\n");
    assertThat(run.status()).isEqualTo(wrong.status());
    assertThat(run.out()).isEmpty();
  }

  @Test
  void showsTheVersionOfThePom() throws Exception {
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("<artifactId>slipway</artifactId>\n  <version>" + Version.NUMBER + "</version>");
    assertThat(Run.of("--version").out()).isEqualTo("slipway " + Version.NUMBER + "\n");
    assertThat(Run.of("build", "--version").status()).isZero();
  }

  @Test
  void showsHelpOnStandardOutput() {
    Run run = Run.of("--help");
    assertThat(run.status()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: slipway COMMAND").isEqualTo(Run.of("help").out());
    for (OptionName name : OptionName.values()) {
      if (name.isGlobal()) {
        assertThat(run.out()).contains(name.spellings());
      }
    }
    for (String command : Help.NAMES) {
      assertThat(run.out()).contains("  " + command + " ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"build", "stream", "inspect", "store"})
  void showsTheHelpOfACommand(String command) {
    Run run = Run.of(command, "--help");
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .startsWith("Usage: slipway " + command)
        .isEqualTo(Run.of("help", command).out())
        .isEqualTo(Run.of("-h", command).out());
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 95);
    for (OptionName name : Commands.optionsOf(command)) {
      assertThat(run.out()).contains(name.spellings());
    }
  }

  @Test
  void refusesADateThatIsNoNumber() {
    Run run = Run.with(Map.of("SOURCE_DATE_EPOCH", "yesterday"), "build", "web");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo(
            "slipway: SOURCE_DATE_EPOCH: expected a number of seconds from 0 on, found"
                + " 'yesterday'\n");
  }

  @Test
  void tellsWhereAnErrorCameFromIfAsked() {
    assertThat(Run.of("inspect", "nothing.tar", "--verbose").err())
        .startsWith("slipway: nothing.tar: no such file or directory\n")
        .contains("\tat dev.slipway.cli.");
  }
}
