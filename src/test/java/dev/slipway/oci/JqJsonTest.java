package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected texts were printed by jq 1.6. */
class JqJsonTest {
  private static String jq(JsonValue value) {
    return new String(JqJson.write(value), StandardCharsets.UTF_8);
  }

  @Test
  void indentsByTwoAndEndsInANewline() {
    JsonObject inner = JsonObject.EMPTY.with("e", JsonObject.EMPTY).with("a", JsonNull.NULL);
    JsonArray list =
        new JsonArray(List.of(inner, new JsonArray(List.of()), new JsonBoolean(false)));
    assertThat(jq(JsonObject.EMPTY.with("b", list)))
        .isEqualTo(
            """
            {
              "b": [
                {
                  "e": {},
                  "a": null
                },
                [],
                false
              ]
            }
            """);
  }

  @Test
  void escapesWhatItMustAndDelete() {
    assertThat(
            jq(new JsonString("\u007f\u0001\u001f/\"\\\b\f\n\r\t<\u00e9\u6587\ud83d\ude00\u2028")))
        .isEqualTo(
            "\"\\u007f\\u0001\\u001f/\\\"\\\\\\b\\f\\n\\r\\t<\u00e9\u6587\ud83d\ude00\u2028\"\n");
  }

  @Test
  void replacesHalvesOfSurrogatePairs() {
    assertThat(jq(new JsonString("a\ud800b\udc00"))).isEqualTo("\"a\ufffdb\ufffd\"\n");
  }

  @ParameterizedTest
  @CsvSource({
    "1.0, 1",
    "0.1, 0.1",
    "1.5, 1.5",
    "1e3, 1000",
    "1E19, 1e+19",
    "1e17, 1e+17",
    "1e16, 1e+16",
    "1e15, 1000000000000000",
    "1e-5, 1e-05",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "-0.0, -0",
    "1.5e300, 1.5e+300",
    "5e-324, 5e-324",
    "1.2345678901234568e20, 123456789012345680000",
    "-1.25e-7, -1.25e-07",
    "3.14e5, 314000",
    "-2.50, -2.5"
  })
  void printsFractionsAsJqDoes(String literal, String printed) {
    assertThat(jq(new JsonNumber(literal))).isEqualTo(printed + "\n");
  }

  @ParameterizedTest
  @CsvSource({"9007199254740993", "100000000000000000000", "12345678901234567890.5", "1e400"})
  void keepsNumbersThatJqWouldChange(String literal) {
    assertThat(jq(new JsonNumber(literal))).isEqualTo(literal + "\n");
  }
}
