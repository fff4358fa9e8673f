/**
 * Debian's packages, as store paths: which packages a package needs ({@link DebianIndex}), what is
 * pinned of that ({@link LockedPackages}), and what becomes of it in a store ({@link
 * DebianPackages}).
 *
 * <p>Files alone are taken: no script of a package is run. Sources are Debian's policy manual
 * (chapters 5 and 7), deb(5), and the Debian repository format of the project's wiki.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.debian;
