package dev.slipway.store;

import java.nio.file.Path;

/**
 * Where the parts of a store lie on this machine.
 *
 * @param storeDir the logical store directory
 * @param objects the folder of its objects
 * @param state the folder of Nix's state: database, roots, locks
 */
record StoreLayout(String storeDir, Path objects, Path state) {
  /** The layout of Nix's own store. */
  static StoreLayout local(StoreSettings settings) {
    return new StoreLayout(settings.storeDir(), Path.of(settings.storeDir()), settings.nixState());
  }

  /** The layout of a store below {@code root}, the same whatever its store directory. */
  static StoreLayout chroot(Path root, StoreSettings settings) {
    return new StoreLayout(
        settings.storeDir(), root.resolve("nix/store"), root.resolve("nix/var/nix"));
  }

  Path database() {
    return state.resolve("db/db.sqlite");
  }

  Path locate(StorePath path) {
    return objects.resolve(path.baseName());
  }
}
