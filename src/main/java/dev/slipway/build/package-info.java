/**
 * The functions of dockerTools: arguments become an image. Here it is decided what an image holds
 * and what its documents say; how things are read and written is left to the rooms below.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.build;
