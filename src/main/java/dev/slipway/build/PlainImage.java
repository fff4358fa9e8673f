package dev.slipway.build;

import dev.slipway.build.BuiltImage.BuiltLayer;
import dev.slipway.build.PlainDocuments.LayerDocument;
import dev.slipway.layer.Layer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.JsonValue;
import dev.slipway.sandbox.TarSource;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ContainerImage;
import dev.slipway.transport.ContainerLayer;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.SortedArchive;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An image of one layer, over those of a base if there is one, that is known but for being written.
 * It holds the base's archive open until it is closed.
 */
public final class PlainImage implements BuildableImage {
  private final Parameters parameters;
  private final Optional<Base> base;
  private final TopLayer top;
  private final Deque<Closeable> resources;

  /** What an image is called, and what its documents say. */
  record Parameters(String name, Optional<String> tag, PlainDocuments documents, long mtime) {}

  /** The image below. */
  record Base(DockerArchive archive, ArchivedImage image) {}

  /**
   * The image's own layer.
   *
   * @param layer the layer
   * @param document what stands beside it
   * @param paths the store paths in it
   * @param beginning the layer before the closure was appended
   */
  record TopLayer(Layer layer, LayerDocument document, List<String> paths, Beginning beginning) {}

  /**
   * A layer before it is known what is appended to it.
   *
   * @param layer writes its tar
   * @param document what stands beside it, without what follows from the whole layer
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Beginning(TarSource layer, byte[] document) {}

  PlainImage(Parameters parameters, Optional<Base> base, TopLayer top, Deque<Closeable> resources) {
    this.parameters = parameters;
    this.base = base;
    this.top = top;
    this.resources = resources;
  }

  @Override
  public BuiltImage writeTo(WritableByteChannel out, Progress progress) throws IOException {
    SortedArchive archive = new SortedArchive(parameters.mtime());
    List<String> names = new ArrayList<>();
    if (base.isPresent()) {
      names.addAll(base.get().archive().copyTo(archive, base.get().image()));
    }
    String folder = top.document().id().hex();
    archive.file(folder + "/VERSION", 0444, "1.0".getBytes(StandardCharsets.US_ASCII));
    archive.file(folder + "/json", 0444, top.document().json());
    archive.file(folder + "/layer.tar", 0444, top.layer().tar());
    names.add(folder + "/layer.tar");
    byte[] config = config();
    BuiltImage image = description(config);
    String configName = image.configDigest().hex() + ".json";
    String repoTag = image.name() + ":" + image.tag();
    archive.file(configName, 0444, config);
    archive.file("manifest.json", 0444, PlainDocuments.manifest(repoTag, names, configName));
    archive.file(
        "repositories",
        0444,
        PlainDocuments.repositories(image.name(), image.tag(), top.document().id()));
    // First chmod -R ug+rw, then a-w.
    archive.changeModes(mode -> (mode | 0440) & ~0222);

    Set<String> layerFiles = Set.copyOf(names);
    archive.writeTo(
        out,
        (place, size) -> {
          if (layerFiles.contains(place)) {
            progress.written(size);
          }
        });
    progress.finished();
    return image;
  }

  @Override
  public PackableImage packable() throws IOException {
    List<ContainerLayer> layers = new ArrayList<>();
    base.ifPresent(
        below -> below.image().layers().forEach(layer -> layers.add(ContainerLayer.of(layer))));
    layers.add(ContainerLayer.of(top.layer()));
    byte[] config = config();
    BuiltImage image = description(config);
    return new PackableImage(
        image, ContainerImage.of(image.name() + ":" + image.tag(), config, layers));
  }

  /**
   * Writes the layer as dockerTools' {@code layer} has it, before the closure is appended: {@code
   * layer.tar}, {@code json} and {@code VERSION}.
   */
  @Override
  public void writeOwnLayer(Path folder) throws IOException {
    try (FileChannel tar =
        FileChannel.open(
            folder.resolve("layer.tar"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      top.beginning().layer().writeTo(tar);
    }
    Files.write(folder.resolve("json"), top.beginning().document());
    Files.writeString(folder.resolve("VERSION"), "1.0");
  }

  @Override
  public PlainImage named(String name, String tag) {
    Parameters named =
        new Parameters(name, Optional.of(tag), parameters.documents(), parameters.mtime());
    return new PlainImage(named, base, top, resources);
  }

  private List<BuiltLayer> layers() {
    List<BuiltLayer> layers = new ArrayList<>();
    base.ifPresent(below ->
        below.image().layers().forEach(layer -> layers.add(described(layer.layer(), List.of()))));
    layers.add(described(top.layer(), top.paths()));
    return layers;
  }

  private byte[] config() throws IOException {
    Optional<JsonValue> inherited =
        base.map(below -> LayeredConfig.runtimeConfig(below.image().config().json()));
    return parameters
        .documents()
        .config(inherited, layers().stream().map(BuiltLayer::diffId).toList());
  }

  private BuiltImage description(byte[] config) {
    Digest digest = Digest.of(config);
    String tag = parameters.tag().orElseGet(() -> LayeredImage.tagOf(digest));
    return new BuiltImage(parameters.name(), tag, digest, layers());
  }

  private static BuiltLayer described(Layer layer, List<String> paths) {
    return new BuiltLayer(layer.diffId(), layer.tar().size(), layer.entries(), paths);
  }

  /** Closes the base's archive and deletes temporary files. */
  @Override
  public void close() throws IOException {
    LayeredImage.closeAll(resources);
  }
}
