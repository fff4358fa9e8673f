/**
 * Files as the kernel has them: names that are bytes and not text, modes with all twelve bits.
 * Store paths hold names that are not UTF-8, and both NARs and tars must write them unchanged,
 * whatever the locale of the process; so the rooms above never turn a {@link java.nio.file.Path}
 * into a string themselves.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.files;
