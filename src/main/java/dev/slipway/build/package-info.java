/** The functions of dockerTools: arguments become an image. Sees interfaces, not formats. */
@org.jspecify.annotations.NullMarked
package dev.slipway.build;
