package dev.slipway.cli.imagefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault of an image file is told in one line that names the place. */
class ImageFileFaultsTest {
  private static final ImageFile.Defaults DEFAULTS = new ImageFile.Defaults("/nix/store", "amd64");

  record Fault(String title, String document, String message) {
    @Override
    public String toString() {
      return title;
    }
  }

  static Stream<Fault> faults() throws IOException {
    String text;
    try (InputStream in =
        Objects.requireNonNull(ImageFileFaultsTest.class.getResourceAsStream("faults.txt"))) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    List<Fault> faults = new ArrayList<>();
    String title = "";
    StringBuilder document = new StringBuilder();
    for (String line : text.lines().toList()) {
      if (line.startsWith("--- ")) {
        title = line.substring(4);
        document.setLength(0);
      } else if (line.startsWith("=> ")) {
        faults.add(new Fault(title, document.toString(), line.substring(3)));
      } else {
        document.append(line).append('\n');
      }
    }
    return faults.stream();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void isNamedWithItsPlace(Fault fault) {
    Throwable thrown = catchThrowable(() -> parse(fault.document(), "slipway.yaml"));
    assertThat(thrown).isInstanceOf(ImageFileException.class).hasMessage(fault.message());
  }

  @Test
  void inJsonIsNamedWithItsPlaceToo() {
    assertThatThrownBy(() -> parse("{\n\t\"images\": {\n\t\t\"web\": 3\n\t}\n}", "a.json"))
        .hasMessage("a.json:3:10: web: expected a function with its arguments, found the number 3");
    assertThatThrownBy(() -> parse("{\n \"images\": {,}\n}", "a.json"))
        .hasMessageStartingWith("a.json:2:13: not JSON: Unexpected character (','");
    assertThatThrownBy(() -> parse("{\"images\": {}, \"images\": {}}", "a.json"))
        .hasMessage("a.json:1:16: the key 'images' stands here again, first in line 1");
    assertThatThrownBy(() -> parse("{} {}", "a.json"))
        .hasMessage("a.json:1:4: expected the end of the file after its one value");
    assertThatThrownBy(() -> parse("{\"store\": \"\\ud83d\"}", "a.json"))
        .hasMessage("a.json:1:11: the string holds \\ud83d, half of a surrogate pair");
    assertThatThrownBy(() -> parse("", "a.json")).hasMessage("a.json: not JSON: the file is empty");
  }

  @Test
  void thatIsNoTextIsNamedWithItsPlace() {
    byte[] latin1 = "images: {}\n# caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> ImageFile.parse(latin1, "slipway.yaml", Path.of("/"), DEFAULTS))
        .hasMessage("slipway.yaml:2:6: byte 0xe9 is not UTF-8");
    assertThatThrownBy(() -> parse("images:\n  a\u0007: {}\n", "slipway.yaml"))
        .hasMessage("slipway.yaml:2:4: not YAML: the character U+0007 is not allowed");
    assertThatThrownBy(() -> parse("# nothing\n", "slipway.yaml"))
        .hasMessage("slipway.yaml: the file is empty");
  }

  @Test
  void ofDepthIsRefusedBeforeTheStackOverflows() {
    String open = "[".repeat(100_000);
    assertThatThrownBy(() -> parse(open, "a.json"))
        .hasMessage("a.json:1:513: nested deeper than 512 levels");
    assertThatThrownBy(() -> parse("images: " + open, "slipway.yaml"))
        .hasMessageStartingWith("slipway.yaml:1:")
        .hasMessageEndingWith("nested deeper than 512 levels");
    String deep = "- &a [ [ x ] ]\n- " + "[".repeat(510) + "*a" + "]".repeat(510);
    assertThatThrownBy(() -> Documents.read(deep.getBytes(StandardCharsets.UTF_8), "a.yaml"))
        .hasMessage("a.yaml:2:513: nested deeper than 512 levels");
  }

  @Test
  void ofAliasesThatExplodeIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i));
      bomb.append("*a%d, ".formatted(i - 1).repeat(9)).append("]\n");
    }
    assertThatThrownBy(
            () -> Documents.read(bomb.toString().getBytes(StandardCharsets.UTF_8), "a.yaml"))
        .hasMessageEndingWith("larger than 32 MiB once its aliases are expanded");
  }

  @Test
  void ofSizeIsRefused() {
    assertThatThrownBy(() -> Documents.read(new byte[Documents.MAX_SIZE + 1], "a.yaml"))
        .hasMessage("a.yaml: larger than 32 MiB");
  }

  private static ImageFile parse(String document, String label) throws ImageFileException {
    byte[] content = document.getBytes(StandardCharsets.UTF_8);
    return ImageFile.parse(content, label, Path.of("/src"), DEFAULTS);
  }
}
