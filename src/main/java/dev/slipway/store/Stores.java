package dev.slipway.store;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Opens stores. Nothing is read, and no database loaded, before it is needed. */
public final class Stores {
  private Stores() {}

  /**
   * Loads what reading databases takes, some 50 ms of work, for a program that has something else
   * to do meanwhile. Nothing has to wait for it, and nothing depends on it.
   */
  public static void load() {
    SqliteFile.load();
  }

  /**
   * The store at {@code location}, for reading. One that is not there, or has no database, has no
   * valid paths; objects can be located in it all the same.
   *
   * @throws IllegalArgumentException if it is a binary cache
   */
  public static LocalStore open(StoreLocation location, StoreSettings settings) {
    return new DatabaseStore(layout(location, settings));
  }

  /**
   * The store at {@code location}, for adding to. It is made when something is added.
   *
   * @throws ImageException if it is one that is only read: Nix's own, to which only Nix adds, or a
   *     binary cache
   */
  public static WritableStore openWritable(StoreLocation location, StoreSettings settings)
      throws ImageException {
    return switch (resolve(location, settings)) {
      case StoreLocation.Local _ ->
          throw new ImageException(
              "Nix's own store is only read; name an embedded or a chroot store to add to");
      case StoreLocation.BinaryCache(var address, _) ->
          throw new ImageException(
              address
                  + " is a binary cache, which is only read; name an embedded or a chroot store");
      case StoreLocation.Auto _, StoreLocation.Chroot _, StoreLocation.Embedded _ ->
          new ChrootStore(layout(location, settings), settings.clock());
    };
  }

  /**
   * What a build works with: the chosen store, and the one that its own objects go to.
   *
   * @param all every path that the build may refer to
   * @param own where it adds: the chosen store, or the embedded one if that cannot be added to
   */
  public record ForBuild(Store all, WritableStore own) implements AutoCloseable {
    /**
     * Copies those of {@code paths} that the build has to itself: they are not in the chosen store.
     *
     * @param folder where the copies go, under the names that they have in a store; made if there
     *     are any
     * @return whether there are any
     * @throws IOException if one cannot be read, or the folder cannot be written
     */
    public boolean copyOwn(Collection<StorePath> paths, Path folder) throws IOException {
      Set<StorePath> copied = all.equals(own) ? Set.of() : own.query(paths).keySet();
      for (StorePath path : copied) {
        Files.createDirectories(folder);
        Nar.copy(new NarNode.OnDisk(own.locate(path)), folder.resolve(path.baseName()));
      }
      return !copied.isEmpty();
    }

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
    return openForBuild(List.of(location), settings, Optional.empty());
  }

  /**
   * The stores at these places, a path being taken from the first that has it, and the one that a
   * build adds to: the first of them that can be added to, or else the embedded one.
   *
   * @param locations one or more
   * @param caches how binary caches are used
   * @throws ImageException if the build's own store cannot be opened
   * @throws IllegalArgumentException if there is a binary cache but it is not said how to use it
   */
  public static ForBuild openForBuild(
      List<StoreLocation> locations, StoreSettings settings, Optional<CacheSettings> caches)
      throws ImageException {
    List<StoreLocation> resolved =
        locations.stream().map(location -> resolve(location, settings)).distinct().toList();
    StoreLocation ownLocation =
        resolved.stream()
            .filter(location ->
                location instanceof StoreLocation.Chroot
                    || location instanceof StoreLocation.Embedded)
            .findFirst()
            .orElse(new StoreLocation.Embedded());
    WritableStore own = openWritable(ownLocation, settings);
    Optional<ObjectPlace> objects =
        caches.map(use ->
            use.keep()
                ? new KeptObjects((ChrootStore) own, use.threads())
                : new SessionObjects(use.objects(), use.threads()));
    Object room = new Object(); // One for all caches, since there is one heap.
    List<Store> all = new ArrayList<>();
    if (!resolved.contains(ownLocation)) {
      all.add(own);
    }
    for (StoreLocation location : resolved) {
      all.add(location.equals(ownLocation) ? own : read(location, settings, caches, objects, room));
    }
    return new ForBuild(
        all.reversed().stream().reduce((second, first) -> union(first, second)).orElseThrow(), own);
  }

  private static Store read(
      StoreLocation location,
      StoreSettings settings,
      Optional<CacheSettings> caches,
      Optional<ObjectPlace> objects,
      Object room) {
    if (!(location instanceof StoreLocation.BinaryCache cache)) {
      return open(location, settings);
    }
    if (caches.isEmpty() || objects.isEmpty()) {
      throw new IllegalArgumentException("it is not said how " + cache + " is to be used");
    }
    return new BinaryCacheStore(
        CacheFiles.of(cache, caches.get()), settings.storeDir(), caches.get(), objects.get(), room);
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
    return new ClosureStore(closure, storeDir, objects, true);
  }

  /**
   * The objects in a folder, such as {@link ForBuild#copyOwn} leaves it, as a store without a
   * database, of which no references are known.
   *
   * @param storeDir the logical store directory
   * @throws IOException if the folder cannot be read
   */
  public static Store folder(String storeDir, Path objects) throws IOException {
    List<PathInfo> found = new ArrayList<>();
    for (DirectoryEntry entry : DirectoryEntry.list(objects)) {
      StorePath path;
      try {
        path = new StorePath(storeDir, entry.name().toString());
      } catch (IllegalArgumentException e) {
        throw new ImageException(
            objects + ": expected store objects, found '" + entry.name() + "'", e);
      }
      found.add(new PathInfo(path, Optional.empty(), Set.of(), Optional.empty(), Optional.empty()));
    }
    return new ClosureStore(Closure.of(found), storeDir, objects, false);
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
    StoreLocation resolved = resolve(location, settings);
    if (resolved instanceof StoreLocation.Local) {
      return StoreLayout.local(settings);
    }
    if (resolved instanceof StoreLocation.Chroot chroot) {
      return StoreLayout.chroot(chroot.root(), settings);
    }
    if (resolved instanceof StoreLocation.Embedded) {
      return StoreLayout.chroot(settings.embeddedRoot(), settings);
    }
    throw new IllegalArgumentException(resolved + " does not lie on this machine");
  }
}
