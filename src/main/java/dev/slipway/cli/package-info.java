/**
 * The composition root: commands, the image file, progress. It alone touches the environment, the
 * clock, the terminal and exit codes.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.cli;
