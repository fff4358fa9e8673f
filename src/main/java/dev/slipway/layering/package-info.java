/**
 * Pure: a closure's references graph becomes ordered groups of store paths, one group a layer.
 *
 * <p>A {@link dev.slipway.layering.Layering} does it: by {@linkplain
 * dev.slipway.layering.PopularityLayering popularity} as dockerTools always has, by {@linkplain
 * dev.slipway.layering.SizeLayering size} as it later did, or by a {@linkplain
 * dev.slipway.layering.PipelineLayering pipeline} that the user writes. How many groups there may
 * be follows from the {@link dev.slipway.layering.LayerBudget}.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.layering;
