package dev.slipway.store;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

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
    if (!isStoreDir(storeDir)) {
      throw new IllegalArgumentException(
          "the store directory '" + storeDir + "' is not an absolute path without a final slash");
    }
  }

  /** Whether store paths can start with {@code text}: absolute, and no other way to say it. */
  public static boolean isStoreDir(String text) {
    List<String> components = List.of(text.split("/", -1));
    return components.size() > 1
        && components.getFirst().isEmpty()
        && components.stream().skip(1).noneMatch(c -> List.of("", ".", "..").contains(c));
  }

  /** Nix's usual folders. */
  public static StoreSettings of(Path embeddedRoot, InstantSource clock) {
    return new StoreSettings(DEFAULT_STORE_DIR, Path.of("/nix/var/nix"), embeddedRoot, clock);
  }
}
