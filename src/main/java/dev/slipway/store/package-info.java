/**
 * Nix stores: store paths, their references and closures, NARs, databases, and the trivial builders
 * that add to a store. Sees {@code oci} and {@code files} only.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.store;
