package dev.slipway.oci;

/**
 * How large a document may be before it is refused.
 *
 * @param maxBytes its size in bytes
 * @param maxDepth how deep lists and objects may be nested
 */
public record JsonLimits(int maxBytes, int maxDepth) {
  /** What documents from elsewhere may have: 32 MiB, 512 levels. */
  public static final JsonLimits FOREIGN = new JsonLimits(32 << 20, 512);
}
