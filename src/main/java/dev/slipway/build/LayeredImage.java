package dev.slipway.build;

import dev.slipway.build.BuiltImage.BuiltLayer;
import dev.slipway.layer.Layer;
import dev.slipway.layer.PendingLayer;
import dev.slipway.layer.StoreLayer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.Platform;
import dev.slipway.store.NixBase32;
import dev.slipway.store.StorePath;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.ContainerImage;
import dev.slipway.transport.ContainerLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.LayeredArchiveWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A layered image that is planned: it is known what goes into each layer, and the layers are being
 * measured. It holds the base's archive open until it is closed.
 */
public final class LayeredImage implements BuildableImage {
  private final Parameters parameters;
  private final Optional<DockerArchive> base;
  private final List<PendingLayer> storeLayers;
  private final PendingCustomisation customisation;
  private final Deque<Closeable> resources;

  /**
   * All that is known of an image but its layers' bytes.
   *
   * @param name the name that it is tagged with
   * @param tag its tag; if empty, it follows from the config
   * @param platform what the image is for
   * @param config the runtime config, before anything is inherited
   * @param created the time of creation
   * @param mtime the mtime of members, inner and outer, in seconds since 1970
   * @param owner the owner of what is in store layers
   * @param storeDir the logical store directory
   * @param storePaths the store paths of each store layer
   */
  record Parameters(
      String name,
      Optional<String> tag,
      Platform platform,
      JsonValue config,
      IsoTime created,
      long mtime,
      StoreLayer.Owner owner,
      String storeDir,
      List<List<String>> storePaths) {}

  /** The customisation layer, which may still have to be read through. */
  interface PendingCustomisation {
    /** The layer, measured. */
    Layer layer() throws IOException;

    /** Its name in the history. */
    String name() throws IOException;
  }

  LayeredImage(
      Parameters parameters,
      Optional<DockerArchive> base,
      List<PendingLayer> storeLayers,
      PendingCustomisation customisation,
      Deque<Closeable> resources) {
    this.parameters = parameters;
    this.base = base;
    this.storeLayers = storeLayers;
    this.customisation = customisation;
    this.resources = resources;
  }

  /** Where layers go, from the bottom. */
  private interface Sink {
    /** Takes a layer of the base image, and says what the history calls it. */
    String base(ArchivedLayer layer) throws IOException;

    void store(Layer layer) throws IOException;

    void customisation(Layer layer) throws IOException;
  }

  /**
   * Writes the image's archive. Layers go out as soon as those below them have, while later ones
   * are still being measured.
   */
  @Override
  public BuiltImage writeTo(WritableByteChannel out, Progress progress) throws IOException {
    LayeredArchiveWriter archive = new LayeredArchiveWriter(out, parameters.mtime());
    Sink sink =
        new Sink() {
          @Override
          public String base(ArchivedLayer layer) throws IOException {
            return archive.baseLayer(layer);
          }

          @Override
          public void store(Layer layer) throws IOException {
            archive.storeLayer(layer);
          }

          @Override
          public void customisation(Layer layer) throws IOException {
            archive.customisationLayer(layer);
          }
        };
    return assemble(
        sink,
        progress,
        (config, image) -> {
          archive.finish(config, image.name() + ":" + image.tag());
          progress.finished();
          return image;
        });
  }

  @Override
  public PackableImage packable() throws IOException {
    List<ContainerLayer> layers = new ArrayList<>();
    Sink sink =
        new Sink() {
          @Override
          public String base(ArchivedLayer layer) {
            layers.add(ContainerLayer.of(layer));
            return LayeredArchiveWriter.nameOf(layer);
          }

          @Override
          public void store(Layer layer) {
            layers.add(ContainerLayer.of(layer));
          }

          @Override
          public void customisation(Layer layer) {
            layers.add(ContainerLayer.of(layer));
          }
        };
    return assemble(
        sink,
        Progress.NONE,
        (config, image) ->
            new PackableImage(
                image, ContainerImage.of(image.name() + ":" + image.tag(), config, layers)));
  }

  /**
   * Writes the customisation layer as dockerTools keeps it in the store: {@code layer.tar} and
   * {@code checksum}.
   */
  @Override
  public void writeOwnLayer(Path folder) throws IOException {
    Layer layer = customisation.layer();
    try (FileChannel tar =
        FileChannel.open(
            folder.resolve("layer.tar"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      layer.tar().writeTo(tar);
    }
    Files.writeString(folder.resolve("checksum"), layer.diffId().value().hex() + "\n");
  }

  /** The store paths in it, but for those of the image that it is built upon. */
  public List<StorePath> storePaths() {
    return parameters.storePaths().stream()
        .flatMap(List::stream)
        .map(path -> StorePath.parse(parameters.storeDir(), path))
        .toList();
  }

  /**
   * What {@link DockerTools#stream} makes the same image of.
   *
   * @param fromImage where the base's archive is found then
   * @param customisationLayer where what {@link #writeOwnLayer} has written is found then
   * @param objects where those store objects are found then that may be in no store
   * @throws IOException if something that the tag or the history follow from cannot be read
   */
  public StreamConfiguration configuration(
      Optional<String> fromImage, String customisationLayer, Optional<String> objects)
      throws IOException {
    String tag =
        parameters.tag().isPresent() ? parameters.tag().get() : packable().description().tag();
    return new StreamConfiguration(
        parameters.platform(),
        parameters.config(),
        parameters.created(),
        IsoTime.of(Instant.ofEpochSecond(parameters.mtime())),
        parameters.owner().uid(),
        parameters.owner().gid(),
        parameters.owner().userName().toString(),
        parameters.owner().groupName().toString(),
        parameters.storeDir(),
        fromImage,
        parameters.storePaths(),
        customisationLayer,
        customisation.name(),
        parameters.name() + ":" + tag,
        objects);
  }

  @Override
  public LayeredImage named(String name, String tag) {
    Parameters named =
        new Parameters(
            name,
            Optional.of(tag),
            parameters.platform(),
            parameters.config(),
            parameters.created(),
            parameters.mtime(),
            parameters.owner(),
            parameters.storeDir(),
            parameters.storePaths());
    return new LayeredImage(named, base, storeLayers, customisation, resources);
  }

  /** Makes something of a config document and what there is to say of the image. */
  private interface Ending<T> {
    T end(byte[] config, BuiltImage image) throws IOException;
  }

  private <T> T assemble(Sink sink, Progress progress, Ending<T> ending) throws IOException {
    LayeredConfig config = new LayeredConfig(parameters.created());
    List<BuiltLayer> built = new ArrayList<>();
    JsonValue runtimeConfig = parameters.config();
    if (base.isPresent()) {
      ArchivedImage image = base.get().first();
      runtimeConfig =
          LayeredConfig.inherit(runtimeConfig, LayeredConfig.runtimeConfig(image.config().json()));
      start(progress, image.layers().size());
      for (ArchivedLayer layer : image.layers()) {
        String name = sink.base(layer);
        add(layer.layer(), List.of(name), List.of(), config, built, progress);
      }
    } else {
      start(progress, 0);
    }
    for (int i = 0; i < storeLayers.size(); i++) {
      Layer layer = storeLayers.get(i).await();
      sink.store(layer);
      List<String> paths = parameters.storePaths().get(i);
      add(layer, paths, paths, config, built, progress);
    }
    sink.customisation(customisation.layer());
    List<String> name = List.of(customisation.name());
    add(customisation.layer(), name, List.of(), config, built, progress);

    byte[] document = config.write(parameters.platform(), runtimeConfig);
    Digest digest = Digest.of(document);
    String tag = parameters.tag().orElseGet(() -> tagOf(digest));
    return ending.end(document, new BuiltImage(parameters.name(), tag, digest, built));
  }

  /** The tag of an image that was given none: what a store path of this hash would begin with. */
  static String tagOf(Digest config) {
    return NixBase32.encode(config.toBytes()).substring(0, 32);
  }

  private void start(Progress progress, int baseLayers) {
    String label = parameters.name() + parameters.tag().map(tag -> ":" + tag).orElse("");
    progress.started(label, baseLayers + storeLayers.size() + 1);
  }

  private static void add(
      Layer layer,
      List<String> origins,
      List<String> paths,
      LayeredConfig config,
      List<BuiltLayer> built,
      Progress progress) {
    config.add(layer.diffId(), origins);
    built.add(new BuiltLayer(layer.diffId(), layer.tar().size(), layer.entries(), paths));
    progress.written(layer.tar().size());
  }

  /** Ends what is still being measured, closes the base's archive and deletes temporary files. */
  @Override
  public void close() throws IOException {
    closeAll(resources);
  }

  /** Closes all of them, the first first, whatever happens. */
  static void closeAll(Deque<Closeable> resources) throws IOException {
    IOException failure = null;
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
