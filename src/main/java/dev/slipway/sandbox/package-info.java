/**
 * Runs scripts over trees of files.
 *
 * <p>{@link dev.slipway.sandbox.PlainSandbox} runs one as an ordinary user in a folder of its own,
 * with a clean environment and the store where the script expects it. Everything that is to look
 * like root goes through {@link dev.slipway.sandbox.Sandbox}: a {@link
 * dev.slipway.sandbox.ScriptRun} says what the script is, what it sees ({@link
 * dev.slipway.sandbox.View}) and what it may take; the {@link dev.slipway.sandbox.Changeset} that
 * comes back is a tree in memory which becomes a layer without being read from a file system again.
 * {@link dev.slipway.sandbox.NamespaceSandbox} is one way to run it, {@link
 * dev.slipway.sandbox.VmSandbox} another; in its machine, the same programs of shell start scripts.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.sandbox;
