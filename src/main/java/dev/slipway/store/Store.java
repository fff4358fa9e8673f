package dev.slipway.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;

/** A store of valid paths that can be read. */
public interface Store extends AutoCloseable {
  /** The logical store directory, {@code /nix/store} as a rule. */
  String storeDir();

  /**
   * What the store knows of {@code path}; empty if it is not valid there.
   *
   * @throws IOException if the store cannot be read
   */
  Optional<PathInfo> query(StorePath path) throws IOException;

  /**
   * The closure of {@code roots}.
   *
   * @throws dev.slipway.oci.ImageException if one of them is not valid in the store; it is named
   * @throws IOException if the store cannot be read
   */
  Closure closure(Collection<StorePath> roots) throws IOException;

  /** Where the object of {@code path} lies on this machine, whether or not it is there. */
  Path locate(StorePath path);

  @Override
  void close() throws IOException;
}
