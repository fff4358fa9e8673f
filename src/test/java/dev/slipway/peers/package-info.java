/** Programs of others that the integration tests compare with. */
@org.jspecify.annotations.NullMarked
package dev.slipway.peers;
