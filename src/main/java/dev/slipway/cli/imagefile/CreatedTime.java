package dev.slipway.cli.imagefile;

import java.time.DateTimeException;
import java.time.Instant;

/**
 * A point in time as {@code created} and {@code mtime} give it: an ISO 8601 date or date-time with
 * any offset (none means UTC), {@code @SECONDS} since 1970, or {@code now}.
 */
public sealed interface CreatedTime {

  /** The time of building. */
  record Now() implements CreatedTime {}

  /**
   * A fixed time.
   *
   * @param instant the time
   * @param rfc3339 the text it was written as if that is RFC 3339, else the same time in UTC
   */
  record At(Instant instant, String rfc3339) implements CreatedTime {}

  /** One second past the epoch, the default of dockerTools. */
  CreatedTime DEFAULT = new At(Instant.ofEpochSecond(1), "1970-01-01T00:00:01Z");

  /**
   * Reads {@code text}.
   *
   * @throws IllegalArgumentException if it is none of the forms, or not in the years 1 to 9999; the
   *     message says what was expected
   */
  static CreatedTime parse(String text) {
    if (text.equals("now")) {
      return new Now();
    }
    try {
      return text.startsWith("@") ? Iso8601.epoch(text) : Iso8601.dateTime(text);
    } catch (DateTimeException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected an ISO 8601 date or date-time, @SECONDS or now, found '" + text + "'", e);
    }
  }
}
