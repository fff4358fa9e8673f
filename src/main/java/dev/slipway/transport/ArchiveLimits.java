package dev.slipway.transport;

/**
 * How far an archive from elsewhere may make the program go. What is in memory has bounds of its
 * own; these are for what a few bytes can be decompressed to. The ratio is no guide there: a layer
 * of sparse files is honest and shrinks a thousandfold.
 *
 * @param spoolBytes how large a compressed archive may be once it is decompressed into the spool
 *     directory; whatever is said here, a tenth of the space that is free there is left
 * @param layerBytes how large a layer may be once it is decompressed, which happens in passing
 */
public record ArchiveLimits(long spoolBytes, long layerBytes) {
  /** 64 GiB on disk, 256 GiB for one layer. */
  public static final ArchiveLimits DEFAULT = new ArchiveLimits(64L << 30, 256L << 30);

  /** Refuses negative bounds. */
  public ArchiveLimits {
    if (spoolBytes < 0 || layerBytes < 0) {
      throw new IllegalArgumentException("a bound is negative");
    }
  }
}
