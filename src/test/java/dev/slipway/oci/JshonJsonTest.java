package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected texts follow jshon's documents in archives, and jansson's {@code dump.c}. */
class JshonJsonTest {
  private static String jshon(JsonValue value) {
    return new String(JshonJson.write(value), StandardCharsets.UTF_8);
  }

  @Test
  void indentsByOneAndEndsInANewline() {
    JsonArray list = new JsonArray(List.of(JsonObject.EMPTY, new JsonArray(List.of())));
    assertThat(jshon(JsonObject.EMPTY.with("a/b", JsonObject.EMPTY.with("c", list))))
        .isEqualTo(
            """
            {
             "a\\/b": {
              "c": [
               {},
               []
              ]
             }
            }
            """);
  }

  @Test
  void escapesSlashesButNotDelete() {
    assertThat(jshon(new JsonString("\u007f\u0001\u001f/\"\\\b\f\n\r\t<\u00e9\ud83d\ude00\u2028")))
        .isEqualTo("\"\u007f\\u0001\\u001F\\/\\\"\\\\\\b\\f\\n\\r\\t<\u00e9\ud83d\ude00\u2028\"\n");
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 1.0", "1.5, 1.5", "0.1, 0.10000000000000001", "1e20, 1e20",
    "1e-5, 1.0000000000000001e-5", "1e15, 1000000000000000.0", "-0.0, -0.0",
        "2.5e-7, 2.4999999999999999e-7"
  })
  void printsFractionsWithSeventeenDigits(String literal, String printed) {
    assertThat(jshon(new JsonNumber(literal))).isEqualTo(printed + "\n");
  }

  @ParameterizedTest
  @CsvSource({"9007199254740993", "123456789012345678901234567890", "1e400"})
  void keepsNumbersThatNoDoubleIs(String literal) {
    assertThat(jshon(new JsonNumber(literal))).isEqualTo(literal + "\n");
  }
}
