/**
 * Runs a script over a tree of files. {@link dev.slipway.sandbox.PlainSandbox} runs it as an
 * ordinary user in a folder of its own, with a clean environment and the store where the script
 * expects it.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.sandbox;
