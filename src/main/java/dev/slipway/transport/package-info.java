/**
 * Where images come from and go to: docker archives, OCI layouts, registries, daemons. Nothing that
 * comes from elsewhere is believed: {@link dev.slipway.transport.DockerArchive} says what is
 * refused, and gives layers as recipes that are replayed from where they lie.
 */
@org.jspecify.annotations.NullMarked
package dev.slipway.transport;
