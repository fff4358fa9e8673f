package dev.slipway.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNameTest {
  @ParameterizedTest
  @CsvSource({
    "web:1.2, web, 1.2, true",
    "docker.io/library/web:1, web, 1, true",
    "web:1, docker.io/library/web, 1, true",
    "host:5000/web:1, host:5000/web, 1, true",
    "host:5000/web, host:5000/web, host:5000/web, false",
    "v1, v1, v1, false",
  })
  void hasNameAndTag(String text, String name, String tag, boolean whole) {
    ImageName given = new ImageName(text);
    assertThat(given.hasName(name)).isTrue();
    assertThat(given.hasTag(tag)).isTrue();
    assertThat(given.isWhole()).isEqualTo(whole);
    assertThat(given.hasName(name + "x")).isFalse();
    assertThat(given.hasTag(tag + "x")).isFalse();
  }
}
