package dev.slipway.cli;

import dev.slipway.build.DockerTools;
import dev.slipway.build.LayeredImage;
import dev.slipway.build.StreamConfiguration;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.layer.NoCompression;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.store.Store;
import dev.slipway.store.StoreLocation;
import dev.slipway.store.StorePath;
import dev.slipway.store.StoreSettings;
import dev.slipway.store.Stores;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code slipway stream}: writes the archive of an image to standard output. */
final class StreamCommand implements Command {
  @Override
  public void run(Invocation invocation, Session session) throws IOException, InterruptedException {
    List<String> arguments = invocation.words().subList(1, invocation.words().size());
    Optional<String> conf = invocation.value(OptionName.CONF);
    if (invocation.has(OptionName.JSON)) {
      throw new UsageException("slipway stream writes an archive, which --json cannot change");
    }
    if (conf.isPresent()) {
      if (!arguments.isEmpty() || invocation.has(OptionName.FILE)) {
        throw new UsageException("--conf stands in place of a NAME and an image file");
      }
      for (OptionName name : List.of(OptionName.IMAGE_TAG, OptionName.REFERENCES)) {
        if (invocation.has(name)) {
          throw new UsageException(name.shown() + " needs a NAME in place of --conf");
        }
      }
      session.streams().refuseTerminal();
      streamConfiguration(conf.get(), invocation, session);
      return;
    }
    if (arguments.size() != 1) {
      throw new UsageException("slipway stream needs one NAME, found " + arguments.size());
    }
    if (invocation.has(OptionName.TAG)) {
      throw new UsageException("-t needs --conf");
    }
    session.streams().refuseTerminal();
    ImageFile file = ImageFiles.read(invocation, session);
    try (ImageBuilder builder = new ImageBuilder(file, invocation, session)) {
      builder.build(
          List.of(ImageArgument.of(arguments.getFirst(), file).target(file)),
          (_, _, image) -> {
            try {
              image.writeTo(session.streams().outForMuch(), new NoCompression());
            } catch (IOException e) {
              throw Streams.explain(e);
            }
            return Optional.empty();
          });
    }
  }

  private static void streamConfiguration(String conf, Invocation invocation, Session session)
      throws IOException {
    StreamConfiguration configuration =
        StreamConfiguration.parse(
            document(conf, invocation, session), conf, session.clock().instant());
    ChosenStore chosen = ChosenStore.of(invocation, session);
    StoreSettings settings = chosen.settings();
    if (!invocation.has(OptionName.STORE_DIR)) {
      settings =
          new StoreSettings(
              configuration.storeDir(),
              settings.nixState(),
              settings.embeddedRoot(),
              settings.clock());
    }
    ChosenStore places = new ChosenStore(chosen.locations(), settings, chosen.caches());
    try (ProgressView progress = session.progress();
        Store store = store(places, configuration.objects())) {
      DockerTools tools =
          new DockerTools(ToolSettings.of(session, store, Optional.empty(), Optional.empty()));
      try (LayeredImage image = tools.stream(configuration, progress)) {
        image.writeTo(session.streams().outForMuch(), progress);
      } catch (IOException e) {
        throw Streams.explain(e);
      }
    }
  }

  private static JsonValue document(String conf, Invocation invocation, Session session)
      throws IOException {
    if (Files.isDirectory(Path.of(conf))) {
      throw new UsageException(conf + ": a directory, expected a stream configuration");
    }
    JsonValue document;
    try (InputStream in =
        conf.equals("-") ? session.streams().in() : Files.newInputStream(Path.of(conf))) {
      document = Json.parse(in, conf, JsonLimits.FOREIGN);
    }
    Optional<String> tag = invocation.value(OptionName.TAG);
    return tag.isPresent() && document instanceof JsonObject object
        ? object.with("repo_tag", tag.get())
        : document;
  }

  /** The chosen stores, behind the objects that the configuration comes with. */
  private static Store store(ChosenStore chosen, Optional<String> objects) throws IOException {
    if (objects.isEmpty()) {
      return store(chosen);
    }
    Store all = store(chosen);
    return Stores.union(Stores.folder(all.storeDir(), located(objects.get(), all)), all);
  }

  /** Where {@code path} is, whose store may lie elsewhere than it says. */
  private static Path located(String path, Store store) throws ImageException {
    if (!path.startsWith(store.storeDir() + "/")) {
      return Path.of(path);
    }
    try {
      StorePath object = StorePath.containing(store.storeDir(), path);
      return Path.of(store.locate(object) + path.substring(object.toString().length()));
    } catch (IllegalArgumentException e) {
      throw new ImageException("objects: " + e.getMessage(), e);
    }
  }

  /** A single store of this machine is read as it is, also where it has no database. */
  private static Store store(ChosenStore chosen) throws IOException {
    return chosen.caches().isEmpty() && chosen.locations().size() == 1
        ? Stores.open(location(chosen.locations().getFirst(), chosen.settings()), chosen.settings())
        : chosen.openForBuild().all();
  }

  /**
   * In Nix's build sandbox there are store paths but no database: whoever streams there means them,
   * not the embedded store.
   */
  private static StoreLocation location(StoreLocation asked, StoreSettings settings) {
    return asked instanceof StoreLocation.Auto && Files.isDirectory(Path.of(settings.storeDir()))
        ? new StoreLocation.Local()
        : asked;
  }
}
