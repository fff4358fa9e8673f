/**
 * Runs scripts over trees of files.
 *
 * <p>All go through {@link dev.slipway.sandbox.Sandbox}: a {@link dev.slipway.sandbox.ScriptRun}
 * says what the script is, what it sees ({@link dev.slipway.sandbox.View}) and what it may take;
 * the {@link dev.slipway.sandbox.Changeset} that comes back is a tree in memory, with contents in
 * temporary files, which becomes a layer. {@link dev.slipway.sandbox.PlainSandbox} runs a script as
 * an ordinary user in a folder of its own. For what is to look like root, {@link
 * dev.slipway.sandbox.NamespaceSandbox} is one way, {@link dev.slipway.sandbox.VmSandbox} another;
 * in its machine, the same programs of shell start scripts.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.sandbox;
