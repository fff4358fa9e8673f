package dev.slipway.layer;

/** A place in an archive, ready to be complained about. */
record TarReaderFault(String archive, long offset) {

  TarFormatException in(String field, String problem) {
    return new TarFormatException(archive, offset, field, problem);
  }
}
