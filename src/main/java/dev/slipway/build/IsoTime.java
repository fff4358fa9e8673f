package dev.slipway.build;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * A point in time with the offset it was written with, to the microsecond, in the form that
 * Python's {@code datetime.isoformat} gives it: a fraction only where there is one, and the offset
 * in digits.
 *
 * @param value the time
 */
public record IsoTime(OffsetDateTime value) {
  /** Cuts what is below a microsecond. */
  public IsoTime {
    value = value.truncatedTo(ChronoUnit.MICROS);
  }

  /** A point in time, shown in UTC. */
  public static IsoTime of(Instant instant) {
    return new IsoTime(instant.atOffset(ZoneOffset.UTC));
  }

  /**
   * Reads an ISO-8601 date or date-time; one without an offset is UTC.
   *
   * @throws IllegalArgumentException if {@code text} is neither
   */
  public static IsoTime parse(String text) {
    try {
      if (text.length() == 10) {
        return new IsoTime(LocalDate.parse(text).atStartOfDay().atOffset(ZoneOffset.UTC));
      }
      var parsed =
          DateTimeFormatter.ISO_DATE_TIME.parseBest(
              text.replace(' ', 'T'), OffsetDateTime::from, LocalDateTime::from);
      return new IsoTime(
          parsed instanceof OffsetDateTime time
              ? time
              : LocalDateTime.from(parsed).atOffset(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "expected an ISO-8601 date or date-time, found '" + text + "'", e);
    }
  }

  /** Whole seconds since 1970, cut towards zero as Python's {@code int} does. */
  public long seconds() {
    long seconds = value.toEpochSecond();
    return seconds < 0 && value.getNano() > 0 ? seconds + 1 : seconds;
  }

  /** As Python's {@code isoformat} has it: {@code 2020-02-29T10:34:56+00:00}. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            Locale.ROOT,
            "%04d-%02d-%02dT%02d:%02d:%02d",
            value.getYear(),
            value.getMonthValue(),
            value.getDayOfMonth(),
            value.getHour(),
            value.getMinute(),
            value.getSecond()));
    int micros = value.getNano() / 1000;
    if (micros != 0) {
      out.append(String.format(Locale.ROOT, ".%06d", micros));
    }
    String offset = value.getOffset().getId();
    return out.append(offset.equals("Z") ? "+00:00" : offset).toString();
  }
}
