/**
 * Values of the OCI image specification and the JSON they are written in. This room imports nothing
 * of ours: every other package may use it.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.oci;
