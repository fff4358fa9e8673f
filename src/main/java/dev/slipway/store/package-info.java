/**
 * Nix stores: store paths, their references and closures, NARs, databases, and the trivial builders
 * that add to a store. Sees {@code oci}, {@code files} and {@code http} only.
 *
 * <p>{@link Stores} opens a {@link StoreLocation}. A {@link Store} answers what it knows of a
 * {@link StorePath} and its {@link Closure}, and where its object lies; a {@link WritableStore}
 * adds to that, and {@link TrivialBuilders} make what is worth adding. {@link Nar} says the hash of
 * a file tree, {@link StorePaths} the path that follows from it, and {@link ReferenceScanner} what
 * it refers to.
 *
 * <p>A binary cache is a store too ({@code BinaryCacheStore}): it answers from descriptions that
 * are signed, and its objects are fetched and verified when somebody asks for them, as files or in
 * the form that a layer has for them. {@link ClosureDatabase} writes what Nix must know of a
 * closure elsewhere, and {@link Derivation} reads how a path was to be built.
 *
 * <p>Stores that are written to keep Nix's rules, so that Nix may work on them at the same time:
 * its database, its locks ({@code big-lock}, {@code gc.lock}, one for each path), its roots. An
 * object is copied to a temporary folder beside the others, made durable, renamed and only then
 * registered: what is valid is whole, and whatever else an interrupted process leaves is rubbish
 * that the next one can tell by its locks.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.store;
