package dev.slipway.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

/**
 * A store that content-addressed objects can be added to, by several processes at once. What is
 * already valid is not written again. What was added, or asked to be kept, is safe from collection
 * until this store is closed, or its process ends.
 */
public interface WritableStore extends LocalStore {
  /**
   * Adds what lies at {@code source}, as {@code nix-store --add} does: without references.
   *
   * @param name what follows the hash part
   * @throws dev.slipway.oci.ImageException if the name is one that Nix refuses, or the tree holds a
   *     socket, pipe or device; it is named
   * @throws IOException if the source cannot be read or the store not written
   */
  StorePath addPath(String name, Path source) throws IOException;

  /**
   * Adds a file that holds {@code text} in UTF-8, as {@code builtins.toFile} does.
   *
   * @param name what follows the hash part
   * @param references the paths that it refers to, which may be another store's
   * @throws IOException as {@link #addPath}
   */
  StorePath addText(String name, String text, Collection<StorePath> references) throws IOException;

  /**
   * Adds a file tree with references: what Nix calls recursively content-addressed.
   *
   * @param name what follows the hash part
   * @param references the paths that it refers to, which may be another store's
   * @throws IOException as {@link #addPath}
   */
  StorePath addTree(String name, NarNode tree, Collection<StorePath> references) throws IOException;

  /**
   * Keeps these paths, and what they refer to, from being collected. Whether they are valid is to
   * be asked afterwards.
   *
   * @throws IOException if the store cannot be written
   */
  void keep(Collection<StorePath> paths) throws IOException;

  /**
   * Deletes whatever no root and no running process refers to, also what interrupted processes
   * left. Roots are the links under {@code gcroots} and {@code profiles}, direct or through one
   * more link. Waits for other collections, and other processes' additions wait for it.
   *
   * @throws IOException if the store cannot be written
   */
  Collected gc() throws IOException;
}
