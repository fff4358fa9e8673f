package dev.slipway.store;

import dev.slipway.files.TreeForm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A store of valid paths that can be read. */
public interface Store extends AutoCloseable {
  /** The logical store directory, {@code /nix/store} as a rule. */
  String storeDir();

  /**
   * What the store knows of {@code paths}; those that are not valid there are left out.
   *
   * @throws IOException if the store cannot be read
   */
  Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException;

  /**
   * What the store knows of {@code path}; empty if it is not valid there.
   *
   * @throws IOException if the store cannot be read
   */
  default Optional<PathInfo> query(StorePath path) throws IOException {
    return Optional.ofNullable(query(List.of(path)).get(path));
  }

  /**
   * The closure of {@code roots}.
   *
   * @throws dev.slipway.oci.ImageException if one of them is not valid in the store; it is named
   * @throws IOException if the store cannot be read
   */
  Closure closure(Collection<StorePath> roots) throws IOException;

  /**
   * The valid paths with these hash parts.
   *
   * @throws IOException if the store cannot be read
   */
  Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException;

  /** Whether it is known which paths are valid: Nix's build sandbox shows objects without. */
  boolean hasDatabase();

  /** The folders of this machine in which the objects lie, the first that has one counts. */
  List<Path> folders();

  /**
   * Where the object of {@code path} lies on this machine, whether or not it is there. Of a valid
   * path it is there once {@link #fetch} has returned.
   */
  Path locate(StorePath path);

  /** What the store is called in messages. */
  default String describe() {
    return "the store";
  }

  /**
   * Whether the objects of all these paths are on this machine as files, as far as they are
   * anywhere.
   */
  default boolean isHere(Collection<StorePath> paths) {
    return true;
  }

  /**
   * Has the objects of those of {@code paths} that are valid lie where {@link #locate} says. Stores
   * whose objects lie on this machine have nothing to do.
   *
   * @throws IOException if one cannot be had, or is not what it should be
   */
  default void fetch(Collection<StorePath> paths) throws IOException {}

  /**
   * Begins to do what {@link #fetch} does, and returns at once. Faults are left to {@link #fetch}.
   *
   * @throws IOException if the store cannot be read
   */
  default void prefetch(Collection<StorePath> paths) throws IOException {}

  /**
   * Has the objects of those of {@code paths} that are valid be on this machine, for those who can
   * do with them in a form other than files. Stores whose objects lie on this machine have nothing
   * to do.
   *
   * @return those that are there in this form, while the store is open; the others lie as files
   *     where {@link #locate} says
   * @throws IOException if one cannot be had, or is not what it should be
   */
  default Map<StorePath, TreeForm.Formed> fetch(Collection<StorePath> paths, TreeForm form)
      throws IOException {
    return Map.of();
  }

  /**
   * Begins to do what {@link #fetch(Collection, TreeForm)} does, and returns at once. Faults are
   * left to that.
   *
   * @throws IOException if the store cannot be read
   */
  default void prefetch(Collection<StorePath> paths, TreeForm form) throws IOException {}

  @Override
  void close() throws IOException;
}
