package dev.slipway.cli.imagefile;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Reads the extended and the basic form of ISO 8601 by hand: {@code java.time.format} costs more to
 * load than all the rest of an image file to read.
 */
final class Iso8601 {
  private final String text;
  private int next;

  private Iso8601(String text) {
    this.text = text;
  }

  static CreatedTime.At dateTime(String text) {
    return new Iso8601(text).dateTime();
  }

  static CreatedTime.At epoch(String text) {
    int point = text.indexOf('.');
    long seconds = Long.parseLong(text.substring(1, point < 0 ? text.length() : point));
    Instant instant = Instant.ofEpochSecond(seconds);
    if (point >= 0) {
      long nanos = new Iso8601(text.substring(point)).fraction();
      instant = instant.plusNanos(text.startsWith("@-") ? -nanos : nanos);
    }
    return new CreatedTime.At(instant, format(instant.getEpochSecond()));
  }

  private static String format(long epochSecond) {
    LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, ZoneOffset.UTC);
    if (time.getYear() < 1 || time.getYear() > 9999) {
      throw new DateTimeException("year " + time.getYear());
    }
    StringBuilder out = new StringBuilder(20);
    pad(out, time.getYear(), 4).append('-');
    pad(out, time.getMonthValue(), 2).append('-');
    pad(out, time.getDayOfMonth(), 2).append('T');
    pad(out, time.getHour(), 2).append(':');
    pad(out, time.getMinute(), 2).append(':');
    return pad(out, time.getSecond(), 2).append("Z").toString();
  }

  private static StringBuilder pad(StringBuilder out, int number, int width) {
    String digits = Integer.toString(number);
    return out.repeat('0', width - digits.length()).append(digits);
  }

  private CreatedTime.At dateTime() {
    int year = digits(4);
    boolean extended = skip("-");
    int month = digits(2);
    require(skip("-") == extended);
    int day = digits(2);
    if (next == text.length()) {
      Instant instant = LocalDateTime.of(year, month, day, 0, 0).toInstant(ZoneOffset.UTC);
      return new CreatedTime.At(instant, format(instant.getEpochSecond()));
    }
    boolean strict = extended && text.charAt(next) == 'T';
    require(skip("Tt "));
    int hour = digits(2);
    require(skip(":") == extended);
    int minute = digits(2);
    boolean seconds = extended ? skip(":") : atDigit();
    int second = seconds ? digits(2) : 0;
    long nanos = seconds && next < text.length() && isMark() ? fraction() : 0;
    strict &= seconds && text.indexOf(',') < 0;
    int offsetAt = next;
    int offset = offset();
    require(next == text.length());
    strict &= next - offsetAt == 6 || text.endsWith("Z");
    Instant instant =
        LocalDateTime.of(year, month, day, hour, minute, second)
            .toInstant(ZoneOffset.ofTotalSeconds(offset))
            .plusNanos(nanos);
    String utc = format(instant.getEpochSecond());
    return new CreatedTime.At(instant, strict ? text : utc);
  }

  private boolean isMark() {
    return text.charAt(next) == '.' || text.charAt(next) == ',';
  }

  private int offset() {
    if (next == text.length() || skip("Zz")) {
      return 0;
    }
    int sign = text.charAt(next) == '-' ? -1 : 1;
    require(skip("+-"));
    int hours = digits(2);
    boolean minutes = skip(":") || atDigit();
    return sign * (hours * 3600 + (minutes ? digits(2) * 60 : 0));
  }

  /** The nanoseconds of a mark and the digits after it. */
  private long fraction() {
    require(skip(".,"));
    require(atDigit());
    long nanos = 0;
    for (long unit = 100_000_000; atDigit(); unit /= 10) {
      nanos += unit * digits(1);
    }
    return nanos;
  }

  private boolean atDigit() {
    return next < text.length() && text.charAt(next) >= '0' && text.charAt(next) <= '9';
  }

  private int digits(int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
      require(atDigit());
      number = number * 10 + (text.charAt(next++) - '0');
    }
    return number;
  }

  private boolean skip(String oneOf) {
    if (next < text.length() && oneOf.indexOf(text.charAt(next)) >= 0) {
      next++;
      return true;
    }
    return false;
  }

  private static void require(boolean met) {
    if (!met) {
      throw new DateTimeException("not in the form of ISO 8601");
    }
  }
}
