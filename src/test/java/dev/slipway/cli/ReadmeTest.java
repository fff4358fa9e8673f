package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README says that can be held against the program. */
class ReadmeTest {
  private static final Pattern COMMAND =
      Pattern.compile("^\\| `slipway ([a-z]+)", Pattern.MULTILINE);
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)");

  private static String readme() throws IOException {
    return Files.readString(Path.of("README.md"));
  }

  private static Stream<String> found(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult match) -> match.group(1));
  }

  @Test
  void listsTheCommandsThatHelpLists() throws IOException {
    assertThat(found(COMMAND, readme()).distinct().toList()).isEqualTo(Help.NAMES);
    Pattern listed = Pattern.compile("^  ([a-z]+) ", Pattern.MULTILINE);
    String help = Help.general();
    List<String> commands =
        found(listed, help.substring(help.indexOf("Commands:"), help.indexOf("Options")))
            .distinct()
            .filter(name -> !name.equals("help"))
            .toList();
    assertThat(commands).isEqualTo(Help.NAMES);
  }

  @Test
  void showsJavaThatTheExampleHas() throws IOException {
    String example =
        unindented(
            Files.readString(
                Path.of("examples/java-api/src/main/java/com/example/ImageBuilder.java")));

    assertThat(found(JAVA, readme()).map(ReadmeTest::unindented).toList())
        .hasSize(1)
        .allSatisfy(code -> assertThat(example).contains(code));
  }

  private static String unindented(String code) {
    return code.replaceAll("(?m)^ +", "");
  }

  @Test
  void linksToWhatIsThere() throws IOException {
    List<Path> documents =
        List.of(
            Path.of("README.md"),
            Path.of("CONTRIBUTING.md"),
            Path.of("examples/java-api/README.md"));
    for (Path document : documents) {
      assertThat(found(LINK, Files.readString(document)))
          .allSatisfy(link -> assertThat(document.resolveSibling(link)).exists());
    }
  }
}
