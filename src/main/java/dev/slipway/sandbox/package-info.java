/** A script over a file tree becomes a changeset. */
@org.jspecify.annotations.NullMarked
package dev.slipway.sandbox;
