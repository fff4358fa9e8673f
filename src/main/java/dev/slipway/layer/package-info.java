/**
 * Layers: what they hold, the deterministic tar that they are written as, its digests and its
 * compression. Sees {@code oci} and {@code files} only.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.layer;
