package dev.slipway.layer;

import dev.slipway.files.RawName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What extension headers say of the member that they stand before. */
final class TarReaderPending {
  private @Nullable Map<String, RawName> records;
  private @Nullable RawName longName;
  private @Nullable RawName longLink;

  boolean isEmpty() {
    return records == null && longName == null && longLink == null;
  }

  Map<String, RawName> records() {
    return records == null ? Map.of() : records;
  }

  @Nullable RawName longName() {
    return longName;
  }

  @Nullable RawName longLink() {
    return longLink;
  }

  void records(Map<String, RawName> given, TarReaderFault fault) throws TarFormatException {
    refuseSecond(records, "PAX header", fault);
    records = given;
  }

  void longName(RawName given, TarReaderFault fault) throws TarFormatException {
    refuseSecond(longName, "long name", fault);
    longName = given;
  }

  void longLink(RawName given, TarReaderFault fault) throws TarFormatException {
    refuseSecond(longLink, "long link name", fault);
    longLink = given;
  }

  private static void refuseSecond(@Nullable Object first, String field, TarReaderFault fault)
      throws TarFormatException {
    if (first != null) {
      throw fault.in(field, "is the second for one member");
    }
  }
}
