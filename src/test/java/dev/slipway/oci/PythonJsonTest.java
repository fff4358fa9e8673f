package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonJsonTest {
  private static String rewrite(String document) throws ImageException {
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    JsonValue value = Json.parse(bytes, "test.json", JsonLimits.FOREIGN);
    return new String(PythonJson.write(value), StandardCharsets.US_ASCII);
  }

  @Test
  void writesPythonsFourSpaceForm() throws Exception {
    assertThat(rewrite("{\"b\":[1,{\"c\":null}],\"a\":{},\"l\":[],\"t\":true}"))
        .isEqualTo(
            """
            {
                "b": [
                    1,
                    {
                        "c": null
                    }
                ],
                "a": {},
                "l": [],
                "t": true
            }\
            """);
  }

  @Test
  void escapesAllButPrintableAscii() throws Exception {
    assertThat(rewrite("\"\\u007f/\u00e9\uD83D\uDE00\\ud800\\b\\f\\n\\r\\t\\\"\\\\\\u0001\""))
        .isEqualTo("\"\\u007f/\\u00e9\\ud83d\\ude00\\ud800\\b\\f\\n\\r\\t\\\"\\\\\\u0001\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "9007199254740993, 9007199254740993",
    "123456789012345678901234567890, 123456789012345678901234567890",
    "1.5, 1.5",
    "1.0, 1.0",
    "1e3, 1000.0",
    "1e16, 1e+16",
    "1e15, 1000000000000000.0",
    "1.25e-5, 1.25e-05",
    "0.0001, 0.0001",
    "-0.0, -0.0",
    "2.5e300, 2.5e+300",
    "5e-324, 5e-324",
    "0.30000000000000000001, 0.30000000000000000001",
    "1e400, 1e400",
    "1e99999999999, 1e99999999999",
    "1e-99999999999, 1e-99999999999",
  })
  void keepsTheExactValueOfNumbers(String written, String expected) throws Exception {
    assertThat(rewrite(written)).isEqualTo(expected);
  }

  @Test
  void lastOfDoubledMembersCountsInTheFirstPlace() throws Exception {
    assertThat(rewrite("{\"a\":1,\"b\":2,\"a\":3}")).isEqualTo("{\n    \"a\": 3,\n    \"b\": 2\n}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1} x | test.json:1",
        "{\"a\" | test.json:1:5: not JSON",
        "[1,] | test.json:1:4: not JSON",
        "'' | test.json: expected JSON, found nothing",
        "[NaN] | test.json:1:5: not JSON",
      })
  void namesTheDocumentAndThePlace(String document, String message) {
    assertThatThrownBy(() -> rewrite(document))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void saysNothingOfTheParser() {
    assertThatThrownBy(() -> rewrite("{"))
        .hasMessage(
            "test.json:1:2: not JSON: Unexpected end-of-input: expected close marker for Object");
    assertThatThrownBy(() -> rewrite("[NaN]"))
        .hasMessage("test.json:1:5: not JSON: Non-standard token 'NaN'");
  }

  @Test
  void refusesWhatIsTooLargeOrTooDeep() {
    JsonLimits limits = new JsonLimits(20, 3, 7);
    assertThatThrownBy(() -> Json.parse("[[[[1]]]]".getBytes(StandardCharsets.UTF_8), "d", limits))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("depth");
    assertThatThrownBy(() ->
            Json.parse("\"12345678901234567890\"".getBytes(StandardCharsets.UTF_8), "d", limits))
        .hasMessage("d: larger than the 20 bytes that are allowed");
    assertThatThrownBy(
            () -> Json.parse("[1,2,3,4,5,6]".getBytes(StandardCharsets.UTF_8), "d", limits))
        .isInstanceOf(ImageException.class)
        .hasMessage("d: Token count (8) exceeds the maximum allowed (7)");
  }

  @Test
  void sortsKeysByCodePoints() throws Exception {
    JsonObject object =
        (JsonObject)
            Json.parse(
                "{\"\uD83D\uDE00\":1,\"\uFF5E\":{\"b\":1,\"a\":[{\"d\":1,\"c\":2}]},\"a\":3}"
                    .getBytes(StandardCharsets.UTF_8),
                "test.json",
                JsonLimits.FOREIGN);
    assertThat(object.sorted().members().sequencedKeySet())
        .containsExactly("a", "\uFF5E", "\uD83D\uDE00");
    assertThat(new String(PythonJson.write(object.sorted()), StandardCharsets.US_ASCII))
        .containsSubsequence("\"a\": [", "\"c\"", "\"d\"", "\"b\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
  void documentsAreUtf8(String charset) {
    byte[] bytes = "{\"a\": 1}".getBytes(Charset.forName(charset));

    assertThatThrownBy(() -> Json.parse(bytes, "d", JsonLimits.FOREIGN))
        .isInstanceOf(ImageException.class)
        .hasMessage("d:1:1: not JSON: expected UTF-8, without a byte order mark");
  }

  @Test
  void documentsHaveNoByteOrderMark() {
    byte[] bytes = "\ufeff1".getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> Json.parse(bytes, "d", JsonLimits.FOREIGN))
        .isInstanceOf(ImageException.class)
        .hasMessage("d:1:1: not JSON: expected UTF-8, without a byte order mark");
  }
}
