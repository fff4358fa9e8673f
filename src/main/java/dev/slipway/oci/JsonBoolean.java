package dev.slipway.oci;

/**
 * A boolean.
 *
 * @param value true or false
 */
public record JsonBoolean(boolean value) implements JsonValue {}
