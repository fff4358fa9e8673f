package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.store.CacheSettings;
import dev.slipway.store.ReferencesGraph;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import dev.slipway.store.TrustedKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The stores that a command works with.
 *
 * @param locations which they are, in the order that they are asked in
 * @param settings what they need to know of the machine
 * @param caches how the binary caches among them are used, if there are any
 */
record ChosenStore(
    List<StoreLocation> locations, StoreSettings settings, Optional<CacheSettings> caches) {
  /** How many objects are fetched at a time: decompression keeps processors busy. */
  private static final int FETCHES = 4;

  /** Takes a copy. */
  ChosenStore {
    locations = List.copyOf(locations);
  }

  /** The stores that the command line asks for. */
  static ChosenStore of(Invocation invocation, Session session) throws IOException {
    List<String> options = invocation.values(OptionName.STORE);
    List<StoreLocation> locations = new ArrayList<>();
    for (String text : options.isEmpty() ? List.of("auto") : options) {
      try {
        locations.add(StoreLocation.parse(text, Path.of("").toAbsolutePath()));
      } catch (IllegalArgumentException e) {
        throw new UsageException("--store: " + e.getMessage(), e);
      }
    }
    return of(locations, invocation, session);
  }

  /** The stores that the command line asks for, or else the image file. */
  static ChosenStore of(Invocation invocation, Session session, ImageFile file) throws IOException {
    if (invocation.has(OptionName.STORE) || file.stores().isEmpty()) {
      return of(invocation, session);
    }
    List<StoreLocation> locations = new ArrayList<>();
    for (ImageFile.StoreText store : file.stores()) {
      try {
        locations.add(StoreLocation.parse(store.text(), file.folder()));
      } catch (IllegalArgumentException e) {
        throw new ImageFileException(store.at(), "store: " + e.getMessage(), e);
      }
    }
    return of(locations, invocation, session);
  }

  private static ChosenStore of(
      List<StoreLocation> locations, Invocation invocation, Session session) throws IOException {
    boolean cached = locations.stream().anyMatch(StoreLocation.BinaryCache.class::isInstance);
    if (!cached) {
      for (OptionName option : OptionName.CACHES) {
        if (invocation.has(option)) {
          throw new UsageException(
              option.shown() + " is for binary caches, and --store names none");
        }
      }
    }
    return new ChosenStore(
        locations,
        settings(invocation, session),
        cached ? Optional.of(caches(invocation, session)) : Optional.empty());
  }

  private static CacheSettings caches(Invocation invocation, Session session) throws IOException {
    return new CacheSettings(
        session.registryArguments().http(session.environment(), session.clock()),
        keys(invocation),
        new NarDownloads(session),
        session.temporaryFiles().folder().resolve("store"),
        invocation.has(OptionName.KEEP),
        FETCHES,
        session::tell);
  }

  private static TrustedKeys keys(Invocation invocation) throws UsageException {
    if (invocation.has(OptionName.NO_CHECK_SIGS)) {
      return TrustedKeys.ANYBODY;
    }
    TrustedKeys given = keys(invocation, OptionName.TRUSTED_KEYS, TrustedKeys.NIXPKGS);
    return keys(invocation, OptionName.EXTRA_TRUSTED_KEYS, TrustedKeys.parse("")).and(given);
  }

  private static TrustedKeys keys(Invocation invocation, OptionName option, TrustedKeys otherwise)
      throws UsageException {
    if (!invocation.has(option)) {
      return otherwise;
    }
    try {
      return TrustedKeys.parse(String.join(" ", invocation.values(option)));
    } catch (IllegalArgumentException e) {
      throw new UsageException(option.shown() + ": " + e.getMessage(), e);
    }
  }

  /**
   * These stores, and the one that a build adds to.
   *
   * @throws IOException if one cannot be opened
   */
  Stores.ForBuild openForBuild() throws IOException {
    return Stores.openForBuild(locations, settings, caches);
  }

  /**
   * The one store of this machine that is meant.
   *
   * @param what what it is for
   * @throws UsageException if it is a binary cache, or if there are several
   */
  StoreLocation local(String what) throws UsageException {
    StoreLocation location = locations.getFirst();
    if (locations.size() > 1) {
      throw new UsageException(what + " works on one store, found " + locations.size());
    }
    if (location instanceof StoreLocation.BinaryCache(var address, _)) {
      throw new UsageException(
          "%s works on stores of this machine; %s is a binary cache".formatted(what, address));
    }
    return location;
  }

  /** The logical store directory. */
  static String storeDir(Invocation invocation) throws UsageException {
    String directory =
        invocation.value(OptionName.STORE_DIR).orElse(StoreSettings.DEFAULT_STORE_DIR);
    if (!StoreSettings.isStoreDir(directory)) {
      throw new UsageException(
          "--store-dir: expected an absolute path without a slash at its end, found '"
              + directory
              + "'");
    }
    return directory;
  }

  /**
   * The store for a build: where {@code --references} names a closure, exactly that is valid in it.
   *
   * @throws IOException if the closure cannot be read
   */
  Stores.ForBuild openForBuild(Invocation invocation) throws IOException {
    Optional<String> references = invocation.value(OptionName.REFERENCES);
    return references.isEmpty()
        ? openForBuild()
        : Stores.openForBuild(
            ReferencesGraph.read(Path.of(references.get()), settings.storeDir()),
            local("--references"),
            settings);
  }

  private static StoreSettings settings(Invocation invocation, Session session)
      throws UsageException {
    StoreSettings usual =
        StoreSettings.of(session.environment().dataHome().resolve("slipway"), session.clock());
    return new StoreSettings(
        storeDir(invocation), usual.nixState(), usual.embeddedRoot(), usual.clock());
  }
}
