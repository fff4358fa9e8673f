/**
 * Files as the kernel has them: names that are bytes and not text, modes with all twelve bits.
 * Store paths hold names that are not UTF-8, and both NARs and tars must write them unchanged,
 * whatever the locale of the process; so the rooms above never turn a {@link java.nio.file.Path}
 * into a string themselves.
 *
 * <p>Trees come node by node ({@link TreeSink}), so that those who read them and those who have a
 * form for them ({@link TreeForm}) need not know of each other.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.files;
