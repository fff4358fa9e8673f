package dev.slipway.cli.imagefile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreatedTimeTest {
  @ParameterizedTest
  @CsvSource({
    // written, in UTC, RFC 3339
    "1970-01-01T00:00:01Z, 1970-01-01T00:00:01Z, 1970-01-01T00:00:01Z",
    "2020-02-29T12:34:56+02:00, 2020-02-29T10:34:56Z, 2020-02-29T12:34:56+02:00",
    "2020-02-29T12:34:56.789-11:30, 2020-03-01T00:04:56.789Z, 2020-02-29T12:34:56.789-11:30",
    "2020-02-29, 2020-02-29T00:00:00Z, 2020-02-29T00:00:00Z",
    "2020-02-29T12:34:56, 2020-02-29T12:34:56Z, 2020-02-29T12:34:56Z",
    "2020-02-29 12:34:56 , 2020-02-29T12:34:56Z, 2020-02-29T12:34:56Z",
    "2020-02-29T12:34Z, 2020-02-29T12:34:00Z, 2020-02-29T12:34:00Z",
    "2020-02-29T12:34:56+0530, 2020-02-29T07:04:56Z, 2020-02-29T07:04:56Z",
    "2020-02-29T12:34:56+05, 2020-02-29T07:34:56Z, 2020-02-29T07:34:56Z",
    "20200229T123456Z, 2020-02-29T12:34:56Z, 2020-02-29T12:34:56Z",
    "20200229, 2020-02-29T00:00:00Z, 2020-02-29T00:00:00Z",
    "@1700000000, 2023-11-14T22:13:20Z, 2023-11-14T22:13:20Z",
    "@0, 1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
    "@-1, 1969-12-31T23:59:59Z, 1969-12-31T23:59:59Z",
    "@-1.5, 1969-12-31T23:59:58.5Z, 1969-12-31T23:59:58Z",
    "0001-01-01, 0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z, 9999-12-31T23:59:59Z",
  })
  void readsDatesAndSeconds(String written, String instant, String rfc3339) {
    CreatedTime.At time = (CreatedTime.At) CreatedTime.parse(written);
    assertThat(time.instant()).isEqualTo(Instant.parse(instant));
    assertThat(time.rfc3339()).isEqualTo(rfc3339);
  }

  @Test
  void readsNow() {
    assertThat(CreatedTime.parse("now")).isEqualTo(new CreatedTime.Now());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "Now",
        "2020",
        "2020-2-29",
        "2021-02-29",
        "2020-02-30T00:00:00Z",
        "2020-02-29T",
        "2020-02-29T24:00:00Z",
        "2020-02-29T12:34:60Z",
        "2020-02-29T12:34:56.Z",
        "2020-02-29T12:34:56+19:00",
        "2020-02-29T12:34:56 Z",
        "2020-02-29T12:34:56Zx",
        "2020-0229",
        "0000-01-01",
        "9999-12-31T23:59:59-01:00",
        "@",
        "@x",
        "@1.",
        "@99999999999999999999",
        "@253402300800",
      })
  void refusesTheRest(String written) {
    assertThatThrownBy(() -> CreatedTime.parse(written))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected an ISO 8601 date or date-time, @SECONDS or now");
  }
}
