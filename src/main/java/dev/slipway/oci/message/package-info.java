/** How messages are worded that several rooms have. */
@org.jspecify.annotations.NullMarked
package dev.slipway.oci.message;
