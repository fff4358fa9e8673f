package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.store.ReferencesGraph;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The store that a command works with.
 *
 * @param location which it is
 * @param settings what it needs to know of the machine
 */
record ChosenStore(StoreLocation location, StoreSettings settings) {

  /** The store that the command line asks for. */
  static ChosenStore of(Invocation invocation, Session session) throws IOException {
    Optional<String> option = invocation.value(OptionName.STORE);
    try {
      StoreLocation location =
          StoreLocation.parse(option.orElse("auto"), Path.of("").toAbsolutePath());
      return new ChosenStore(location, settings(invocation, session));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--store: " + e.getMessage(), e);
    }
  }

  /** The store that the command line asks for, or else the image file. */
  static ChosenStore of(Invocation invocation, Session session, ImageFile file) throws IOException {
    if (invocation.has(OptionName.STORE) || file.store().isEmpty()) {
      return of(invocation, session);
    }
    ImageFile.StoreText store = file.store().get();
    try {
      StoreLocation location = StoreLocation.parse(store.text(), file.folder());
      return new ChosenStore(location, settings(invocation, session));
    } catch (IllegalArgumentException e) {
      throw new ImageFileException(store.at(), "store: " + e.getMessage(), e);
    }
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
        ? Stores.openForBuild(location, settings)
        : Stores.openForBuild(
            ReferencesGraph.read(Path.of(references.get()), settings.storeDir()),
            location,
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
