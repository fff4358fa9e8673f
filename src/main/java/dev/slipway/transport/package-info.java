/** Where images come from and go to: docker archives, OCI layouts, registries, daemons. */
@org.jspecify.annotations.NullMarked
package dev.slipway.transport;
