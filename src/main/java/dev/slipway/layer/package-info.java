/**
 * Layers: what they hold, the deterministic tar that they are written as, its digests and its
 * compression. Sees {@code oci} and {@code files} only.
 *
 * <p>What a layer is made from is a {@link LayerRecipe}, which {@link LayerMeasurer} turns into a
 * {@link Layer}: a digest, and bytes that can be written as often as they are wanted. What is not
 * there yet has an {@link Arrival}.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.layer;
