package dev.slipway.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IsoTimeTest {
  // What Python's datetime.fromisoformat(text).isoformat() and int(….timestamp()) give.
  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:01Z, 1970-01-01T00:00:01+00:00, 1",
    "1970-01-01T00:00:01+00:00, 1970-01-01T00:00:01+00:00, 1",
    "2020-02-29T12:34:56+02:00, 2020-02-29T12:34:56+02:00, 1582972496",
    "2020-02-29 12:34:56-05:30, 2020-02-29T12:34:56-05:30, 1582999496",
    "2020-02-29, 2020-02-29T00:00:00+00:00, 1582934400",
    "2020-02-29T12:34, 2020-02-29T12:34:00+00:00, 1582979640",
    "2020-02-29T12:34:56.5Z, 2020-02-29T12:34:56.500000+00:00, 1582979696",
    "2020-02-29T12:34:56.1234567Z, 2020-02-29T12:34:56.123456+00:00, 1582979696",
    "1969-12-31T23:59:58.5Z, 1969-12-31T23:59:58.500000+00:00, -1",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00+00:00, -62135596800",
    "-0001-01-01T00:00:00Z, -001-01-01T00:00:00+00:00, -62198755200",
  })
  void readsAndShowsAsPythonDoes(String text, String shown, long seconds) {
    assertThat(IsoTime.parse(text)).hasToString(shown);
    assertThat(IsoTime.parse(text).seconds()).isEqualTo(seconds);
  }

  @Test
  void showsMomentsInUtcToTheMicrosecond() {
    assertThat(IsoTime.of(Instant.parse("2026-11-21T22:54:24.123456789Z")))
        .hasToString("2026-11-21T22:54:24.123456+00:00");
    assertThat(IsoTime.of(Instant.ofEpochSecond(315532800)))
        .hasToString("1980-01-01T00:00:00+00:00");
  }

  @Test
  void showsTheSameDigitsToEveryone() {
    Locale usual = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG"));
      assertThat(String.format("%d", 2020)).as("digits of this locale").isNotEqualTo("2020");
      assertThat(IsoTime.parse("2020-02-29T12:34:56.5Z"))
          .hasToString("2020-02-29T12:34:56.500000+00:00");
    } finally {
      Locale.setDefault(usual);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "now", "yesterday", "2020-13-01", "2020-02-30", "12:00", "2020-2-1"})
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> IsoTime.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected an ISO-8601 date or date-time, found '" + text + "'");
  }
}
