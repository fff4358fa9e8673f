package dev.slipway.oci;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawMembersTest {
  private static Map<String, String> read(String json) throws ImageException {
    return RawMembers.compact(json.getBytes(UTF_8)).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> new String(e.getValue(), UTF_8)));
  }

  @Test
  void keepsWhatWasWrittenButForSpaces() throws ImageException {
    assertThat(
            read(
                """
                 { "a" : [ 1.0E+5 , -0, {"x": "} ] , \\" \\\\"} ] ,
                   "b\\u0042": "\\u0041\u00e9\\/" , "c":null,"d" : true,"e":{ },"f":-1.50 }
                """))
        .isEqualTo(
            Map.of(
                "a", "[1.0E+5,-0,{\"x\":\"} ] , \\\" \\\\\"}]",
                "bB", "\"\\u0041\u00e9\\/\"",
                "c", "null",
                "d", "true",
                "e", "{}",
                "f", "-1.50"));
  }

  @Test
  void escapesWhatHtmlAndJavaScriptMind() throws ImageException {
    assertThat(read("{\"a\":\"<b> & \u2028\u2029\u2027\"}"))
        .containsEntry("a", "\"\\u003cb\\u003e \\u0026 \\u2028\\u2029\u2027\"");
  }

  @Test
  void theLastOfOneNameCounts() throws ImageException {
    assertThat(read("{\"a\":1,\"\\u0061\":2}")).isEqualTo(Map.of("a", "2"));
    assertThat(read("{}")).isEmpty();
  }

  @Test
  void joinsWhatItHasRead() throws ImageException {
    SequencedMap<String, byte[]> members =
        RawMembers.compact("{ \"b\": 1, \"a<\": [ 2 ] }".getBytes(UTF_8));
    assertThat(new String(RawMembers.join(members), UTF_8)).isEqualTo("{\"b\":1,\"a\\u003c\":[2]}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "1", "{", ""})
  void refusesWhatIsNoObject(String json) {
    assertThatThrownBy(() -> read(json)).isInstanceOf(ImageException.class);
  }
}
