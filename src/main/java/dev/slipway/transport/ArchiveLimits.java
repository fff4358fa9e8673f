package dev.slipway.transport;

/**
 * How far an archive from elsewhere may make the program go. What is in memory has bounds of its
 * own; these are for what a few bytes can be decompressed to. The ratio is no guide there: a layer
 * of sparse files is honest and shrinks a thousandfold.
 *
 * @param spoolBytes how large a compressed archive may be once it is decompressed into the spool
 *     directory; whatever is said here, a tenth of the space that is free there is left
 * @param layerBytes how large a layer may be once it is decompressed, which happens in passing
 * @param threads how many layers are read at a time, at least 1
 */
public record ArchiveLimits(long spoolBytes, long layerBytes, int threads) {
  /** 64 GiB on disk, 256 GiB for one layer, two of them at a time. */
  public static final ArchiveLimits DEFAULT = new ArchiveLimits(64L << 30, 256L << 30, 2);

  /** More are of no use: each may ask for the 128 MiB that are the largest window of zstd. */
  private static final int MOST_THREADS = 8;

  /** Refuses bounds that allow nothing at all. */
  public ArchiveLimits {
    if (spoolBytes < 0 || layerBytes < 0) {
      throw new IllegalArgumentException("a bound is negative");
    }
    if (threads < 1) {
      throw new IllegalArgumentException("no thread is allowed");
    }
  }

  /** The default bounds for a program that has so many threads; not all of them may be used. */
  public static ArchiveLimits forThreads(int threads) {
    return new ArchiveLimits(
        DEFAULT.spoolBytes, DEFAULT.layerBytes, Math.min(threads, MOST_THREADS));
  }
}
