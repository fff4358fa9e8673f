package dev.slipway.layer;

import dev.slipway.oci.Digest;
import java.util.Optional;

/** Remembers what layers were measured to be, for later runs. */
public interface DigestCache {
  /** Remembers nothing. */
  DigestCache NONE =
      new DigestCache() {
        @Override
        public Optional<Measurement> get(Digest key) {
          return Optional.empty();
        }

        @Override
        public void put(Digest key, Measurement measurement) {}
      };

  /** What was put under this key, if it is still known. */
  Optional<Measurement> get(Digest key);

  /** Remembers a measurement if that is possible. Called by several threads. */
  void put(Digest key, Measurement measurement);
}
