package dev.slipway.oci;

/** The value null. */
public enum JsonNull implements JsonValue {
  /** The one instance. */
  NULL
}
