package dev.slipway.oci;

/**
 * A string.
 *
 * @param value its text, which may hold unpaired surrogates
 */
public record JsonString(String value) implements JsonValue {}
