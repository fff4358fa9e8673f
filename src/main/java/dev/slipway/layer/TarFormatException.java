package dev.slipway.layer;

import dev.slipway.oci.ImageException;

/** A tar is not what it should be; says where. */
public final class TarFormatException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** See {@link #archive()}. */
  private final String archive;

  /** See {@link #offset()}. */
  private final long offset;

  /** See {@link #field()}. */
  private final String field;

  /**
   * A fault in {@code archive} (as the user knows it) at {@code offset}, in bytes from its start,
   * in the part of a header or of the archive named {@code field}.
   */
  public TarFormatException(String archive, long offset, String field, String problem) {
    super("%s: offset %d: %s %s".formatted(archive, offset, field, problem));
    this.archive = archive;
    this.offset = offset;
    this.field = field;
  }

  /** The archive's name. */
  public String archive() {
    return archive;
  }

  /** Where the header or the part begins that is wrong, in bytes from the archive's start. */
  public long offset() {
    return offset;
  }

  /** What is wrong. */
  public String field() {
    return field;
  }
}
