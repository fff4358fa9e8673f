package dev.slipway.store;

import java.nio.file.Path;
import java.time.InstantSource;

/**
 * What stores need to know of the machine.
 *
 * @param storeDir the logical store directory, absolute, without a trailing slash
 * @param nixState where Nix keeps the state of its own store
 * @param embeddedRoot the root folder of the embedded store
 * @param clock says when a path is registered
 */
public record StoreSettings(
    String storeDir, Path nixState, Path embeddedRoot, InstantSource clock) {
  /** The store directory of almost everyone. */
  public static final String DEFAULT_STORE_DIR = "/nix/store";

  /** Refuses store directories that no path can start with. */
  public StoreSettings {
    if (!storeDir.startsWith("/") || storeDir.length() < 2 || storeDir.endsWith("/")) {
      throw new IllegalArgumentException(
          "the store directory '" + storeDir + "' is not an absolute path without a final slash");
    }
  }

  /** Nix's usual folders. */
  public static StoreSettings of(Path embeddedRoot, InstantSource clock) {
    return new StoreSettings(DEFAULT_STORE_DIR, Path.of("/nix/var/nix"), embeddedRoot, clock);
  }
}
