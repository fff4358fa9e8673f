package dev.slipway.transport;

import dev.slipway.layer.Compressor;
import dev.slipway.layer.DigestCache;
import java.util.Map;
import java.util.Optional;

/**
 * How images are packed for registries and layouts.
 *
 * @param compressor compresses layers that do not lie anywhere compressed already
 * @param recompress whether those that do are compressed anew, if it was in another way
 * @param format the family of their documents; if empty, that which they have, or else Docker's,
 *     where it has room for the layers
 * @param annotations what manifests say beside that; only OCI's can
 * @param cache remembers what layers are once they are compressed
 * @param version tells apart programs that may compress to other bytes
 */
public record PackingSettings(
    Compressor compressor,
    boolean recompress,
    Optional<ManifestFormat> format,
    Map<String, String> annotations,
    DigestCache cache,
    String version) {
  /** Takes a copy. */
  public PackingSettings {
    annotations = Map.copyOf(annotations);
  }
}
