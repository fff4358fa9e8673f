package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens stores. Nothing is read, and no database loaded, before it is needed. */
public final class Stores {
  private Stores() {}

  /**
   * The store at {@code location}, for reading. One that is not there, or has no database, has no
   * valid paths; objects can be located in it all the same.
   */
  public static LocalStore open(StoreLocation location, StoreSettings settings) {
    return new DatabaseStore(layout(location, settings));
  }

  /**
   * The store at {@code location}, for adding to. It is made when something is added.
   *
   * @throws ImageException if it is Nix's own store, to which only Nix adds
   */
  public static WritableStore openWritable(StoreLocation location, StoreSettings settings)
      throws ImageException {
    return switch (resolve(location, settings)) {
      case StoreLocation.Local _ ->
          throw new ImageException(
              "Nix's own store is only read; name an embedded or a chroot store to add to");
      case StoreLocation.Auto _, StoreLocation.Chroot _, StoreLocation.Embedded _ ->
          new ChrootStore(layout(location, settings), settings.clock());
    };
  }

  /**
   * What a build works with: the chosen store, and the one that its own objects go to.
   *
   * @param all every path that the build may refer to
   * @param own where it adds: the chosen store or, if that is Nix's own, the embedded one
   */
  public record ForBuild(Store all, WritableStore own) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      try (WritableStore _ = own) {
        all.close();
      }
    }
  }

  /**
   * The store at {@code location} and the one that a build adds to.
   *
   * @throws ImageException if the build's own store cannot be opened
   */
  public static ForBuild openForBuild(StoreLocation location, StoreSettings settings)
      throws ImageException {
    StoreLocation resolved = resolve(location, settings);
    if (resolved instanceof StoreLocation.Local) {
      WritableStore own = openWritable(new StoreLocation.Embedded(), settings);
      return new ForBuild(union(own, open(resolved, settings)), own);
    }
    WritableStore own = openWritable(resolved, settings);
    return new ForBuild(own, own);
  }

  /**
   * What a build works with where it was told what is valid, as Nix tells builders: {@link
   * ReferencesGraph} reads it.
   *
   * @param closure what is valid, besides what the build adds itself
   * @param location where the objects of the closure lie: in a chroot store, or else in the store
   *     directory
   * @throws ImageException if the build's own store cannot be opened
   */
  public static ForBuild openForBuild(
      Closure closure, StoreLocation location, StoreSettings settings) throws ImageException {
    StoreLocation resolved = resolve(location, settings);
    boolean chroot = resolved instanceof StoreLocation.Chroot;
    Path objects = chroot ? layout(resolved, settings).objects() : Path.of(settings.storeDir());
    WritableStore own = openWritable(chroot ? resolved : new StoreLocation.Embedded(), settings);
    return new ForBuild(union(own, of(closure, settings.storeDir(), objects)), own);
  }

  /**
   * Both stores as one; where both have a path, the first one's is taken. Closing it closes both.
   *
   * @throws IllegalArgumentException if they have different store directories
   */
  public static Store union(Store first, Store second) {
    return new UnionStore(first, second);
  }

  /**
   * A store in which exactly {@code closure} is valid, for reading: {@link ReferencesGraph} reads
   * one from what Nix hands to a builder, whose sandbox has no database.
   *
   * @param storeDir the logical store directory
   * @param objects the folder of this machine in which the objects lie; in Nix's sandbox the store
   *     directory itself
   * @throws IllegalArgumentException if the closure is not in that store directory
   */
  public static Store of(Closure closure, String storeDir, Path objects) {
    return new ClosureStore(closure, storeDir, objects);
  }

  /** {@code location}, or what {@code auto} means on this machine. */
  public static StoreLocation resolve(StoreLocation location, StoreSettings settings) {
    if (!(location instanceof StoreLocation.Auto)) {
      return location;
    }
    return Files.exists(StoreLayout.local(settings).database())
        ? new StoreLocation.Local()
        : new StoreLocation.Embedded();
  }

  private static StoreLayout layout(StoreLocation location, StoreSettings settings) {
    return switch (location) {
      case StoreLocation.Auto auto -> layout(resolve(auto, settings), settings);
      case StoreLocation.Local _ -> StoreLayout.local(settings);
      case StoreLocation.Chroot(var root) -> StoreLayout.chroot(root, settings);
      case StoreLocation.Embedded _ -> StoreLayout.chroot(settings.embeddedRoot(), settings);
    };
  }
}
