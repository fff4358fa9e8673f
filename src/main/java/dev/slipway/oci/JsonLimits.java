package dev.slipway.oci;

/**
 * How large a document may be before it is refused.
 *
 * @param maxBytes its size in bytes
 * @param maxDepth how deep lists and objects may be nested
 * @param maxTokens how many values, names and brackets it may have, each of which takes far more
 *     memory than text
 */
public record JsonLimits(int maxBytes, int maxDepth, long maxTokens) {
  /** What documents from elsewhere may have: 32 MiB, 512 levels, a million tokens. */
  public static final JsonLimits FOREIGN = new JsonLimits(32 << 20, 512, 1_000_000);
}
