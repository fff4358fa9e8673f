package dev.slipway.layer;

/** All that the bytes of a layer depend on, before anything was read. */
public sealed interface LayerRecipe permits StoreLayer, TreeLayer, ClosureLayer {}
