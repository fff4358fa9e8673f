package dev.slipway.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "linux/amd64/v3, linux/amd64/v3 linux/amd64",
    "linux/arm64, linux/arm64 linux/arm64/v8",
    "linux/arm64/v8, linux/arm64/v8 linux/arm64",
    "linux/arm, linux/arm linux/arm/v8 linux/arm/v7 linux/arm/v6 linux/arm/v5",
    "linux/arm/v7, linux/arm/v7 linux/arm/v6 linux/arm/v5 linux/arm",
    "linux/arm/v5, linux/arm/v5 linux/arm",
  })
  void isServedByLesserVariantsToo(String platform, String served) {
    assertThat(Platform.parse(platform).served())
        .map(Platform::toString)
        .containsExactly(served.split(" ", -1));
  }

  @Test
  void isWrittenAsItIsRead() {
    assertThat(Platform.parse("linux/arm/v7"))
        .isEqualTo(new Platform("linux", "arm", "v7"))
        .hasToString("linux/arm/v7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux", "linux/", "/amd64", "linux/arm/", "linux/arm/v7/x"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Platform.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
