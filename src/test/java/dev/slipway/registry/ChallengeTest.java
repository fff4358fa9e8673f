package dev.slipway.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChallengeTest {
  @Test
  void readsSeveralInOneHeader() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://a/t?x=1,2\",service=\"a \\\"b\\\"\" , Scope=x"
                        + " BASIC realm=\"r\"",
                    "Negotiate")))
        .containsExactly(
            new Challenge(
                "bearer", Map.of("realm", "https://a/t?x=1,2", "service", "a \"b\"", "scope", "x")),
            new Challenge("basic", Map.of("realm", "r")),
            new Challenge("negotiate", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",", "=", "\"", "a=\"", "Bearer realm=\"", "Bearer realm=", "=a=b"})
  void passesOverWhatItDoesNotUnderstand(String header) {
    assertThat(Challenge.parse(List.of(header))).hasSizeLessThan(2);
  }
}
