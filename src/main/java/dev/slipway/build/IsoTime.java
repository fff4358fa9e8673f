package dev.slipway.build;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;

/**
 * A point in time with the offset it was written with, to the microsecond, in the form that
 * Python's {@code datetime.isoformat} gives it: a fraction only where there is one, and the offset
 * in digits.
 *
 * @param value the time
 */
public record IsoTime(OffsetDateTime value) {
  /** A time as dockerTools and most others write it. */
  private static final Pattern PLAIN =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}T(?:[01]\\d|2[0-3]):\\d{2}:\\d{2}(?:Z|\\+00:00)");

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
      if (PLAIN.matcher(text).matches()) {
        // The parser of all forms takes longer to get ready than the rest of a configuration.
        return new IsoTime(
            LocalDateTime.of(
                    number(text, 0, 4),
                    number(text, 5, 7),
                    number(text, 8, 10),
                    number(text, 11, 13),
                    number(text, 14, 16),
                    number(text, 17, 19))
                .atOffset(ZoneOffset.UTC));
      }
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

  private static int number(String text, int from, int to) {
    return Integer.parseInt(text, from, to, 10);
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
    digits(out, value.getYear(), 4);
    digits(out.append('-'), value.getMonthValue(), 2);
    digits(out.append('-'), value.getDayOfMonth(), 2);
    digits(out.append('T'), value.getHour(), 2);
    digits(out.append(':'), value.getMinute(), 2);
    digits(out.append(':'), value.getSecond(), 2);
    int micros = value.getNano() / 1000;
    if (micros != 0) {
      digits(out.append('.'), micros, 6);
    }
    String offset = value.getOffset().getId();
    return out.append(offset.equals("Z") ? "+00:00" : offset).toString();
  }

  /** Appends a number of at least {@code width} characters, of which a sign is one. */
  private static void digits(StringBuilder out, int number, int width) {
    String digits = Integer.toString(Math.abs(number));
    String sign = number < 0 ? "-" : "";
    out.append(sign)
        .repeat('0', Math.max(0, width - sign.length() - digits.length()))
        .append(digits);
  }
}
