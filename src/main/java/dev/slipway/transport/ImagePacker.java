package dev.slipway.transport;

import dev.slipway.layer.Blob;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.Futures;
import dev.slipway.layer.GzipCompressor;
import dev.slipway.layer.HashingChannel;
import dev.slipway.layer.Layer;
import dev.slipway.layer.Measurement;
import dev.slipway.layer.NoCompression;
import dev.slipway.layer.ZstdCompressor;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.ImageManifest;
import dev.slipway.oci.Manifest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;

/**
 * Brings an image's blobs to where they are wanted, and makes the manifest that names them. A layer
 * that is remembered to be there, or lies there, is neither read nor compressed.
 */
final class ImagePacker {
  private final PackingSettings settings;
  private final Destination destination;
  private final int threads;

  /**
   * @param threads how many layers are brought there at a time
   */
  ImagePacker(PackingSettings settings, Destination destination, int threads) {
    this.settings = settings;
    this.destination = destination;
    this.threads = threads;
  }

  /**
   * Brings all blobs of {@code image} there, and returns its manifest, which is still to be put
   * there.
   *
   * @param progress is told the size of each layer's tar when the layer is there
   */
  Manifest pack(ContainerImage image, LongConsumer progress) throws IOException {
    Optional<Manifest> kept = kept(image);
    ManifestFormat format =
        kept.isPresent() ? ManifestFormat.of(kept.get().mediaType()) : format(image);
    Map<Digest, Descriptor> described = new HashMap<>();
    if (kept.isPresent() && kept.get() instanceof ImageManifest manifest) {
      manifest.layers().forEach(layer -> described.put(layer.digest(), layer));
    }
    Map<Digest, Descriptor> packed = layers(image, format, described, progress);
    byte[] config = image.config().bytes();
    Descriptor configBlob = Descriptor.of(format.config(), config);
    if (!destination.has(configBlob)) {
      destination.put(configBlob, ReadableBlob.of(config));
    }
    if (kept.isPresent()) {
      return kept.get();
    }
    List<Descriptor> layers = new ArrayList<>();
    for (ContainerLayer layer : image.layers()) {
      Descriptor descriptor = packed.get(identity(layer));
      if (descriptor == null) {
        throw new IllegalStateException("a layer was not packed");
      }
      layers.add(descriptor);
    }
    return ImageManifest.of(format.manifest(), configBlob, layers, settings.annotations());
  }

  /** The manifest that the image has already, if it says what is wanted. */
  private Optional<Manifest> kept(ContainerImage image) throws ImageException {
    if (image.manifest().isEmpty() || !settings.annotations().isEmpty()) {
      return Optional.empty();
    }
    for (ContainerLayer layer : image.layers()) {
      if (!keeps(layer)) {
        return Optional.empty();
      }
    }
    Manifest manifest = image.manifest().get().parse();
    return settings.format().isEmpty()
            || settings.format().get() == ManifestFormat.of(manifest.mediaType())
        ? Optional.of(manifest)
        : Optional.empty();
  }

  /** Whether a layer is handed on as it lies. */
  private boolean keeps(ContainerLayer layer) {
    return layer.stored().isPresent()
        && (!settings.recompress() || layer.stored().get().compression() == compression());
  }

  private Compression compression() {
    return settings.compressor().compression();
  }

  private ManifestFormat format(ContainerImage image) throws ImageException {
    if (settings.format().isPresent()) {
      if (settings.format().get() == ManifestFormat.DOCKER && !settings.annotations().isEmpty()) {
        throw new ImageException("Docker's manifests have no place for annotations, only OCI's");
      }
      return settings.format().get();
    }
    boolean zstd =
        image.layers().stream()
            .map(layer -> keeps(layer) ? layer.stored().orElseThrow().compression() : compression())
            .anyMatch(Compression.ZSTD::equals);
    if (zstd || !settings.annotations().isEmpty()) {
      return ManifestFormat.OCI;
    }
    return image.manifest().isPresent()
        ? ManifestFormat.of(image.manifest().get().parse().mediaType())
        : ManifestFormat.DOCKER;
  }

  private Map<Digest, Descriptor> layers(
      ContainerImage image,
      ManifestFormat format,
      Map<Digest, Descriptor> described,
      LongConsumer progress)
      throws IOException {
    Map<Digest, ContainerLayer> distinct = new LinkedHashMap<>();
    image.layers().forEach(layer -> distinct.putIfAbsent(identity(layer), layer));
    Map<Digest, Descriptor> packed = new LinkedHashMap<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      Map<Digest, Future<Descriptor>> running = new LinkedHashMap<>();
      distinct.forEach(
          (id, layer) -> running.put(id, pool.submit(() -> layer(layer, format, described))));
      try {
        for (Map.Entry<Digest, ContainerLayer> layer : distinct.entrySet()) {
          Future<Descriptor> task = running.remove(layer.getKey());
          if (task != null) {
            packed.put(layer.getKey(), Futures.await(task));
            progress.accept(layer.getValue().layer().tar().size());
          }
        }
      } finally {
        pool.shutdownNow(); // Of no effect where all is done.
      }
    }
    return packed;
  }

  /** Tells layers apart that are brought there: one may lie there in two forms. */
  private Digest identity(ContainerLayer layer) {
    return keeps(layer) ? layer.stored().orElseThrow().digest() : layer.layer().diffId().value();
  }

  private Descriptor layer(
      ContainerLayer container, ManifestFormat format, Map<Digest, Descriptor> described)
      throws IOException {
    Layer layer = container.layer();
    if (keeps(container)) {
      StoredLayer stored = container.stored().orElseThrow();
      Descriptor plain =
          new Descriptor(format.layer(stored.compression()), stored.digest(), stored.size());
      // What the manifest says that is kept: it may be a layer that must not be handed on.
      Descriptor descriptor = described.getOrDefault(stored.digest(), plain);
      if (!destination.has(descriptor)) {
        destination.put(descriptor, stored);
      }
      return descriptor;
    }
    Optional<Descriptor> remembered = remembered(layer, format);
    if (remembered.isPresent() && destination.has(remembered.get())) {
      return remembered.get();
    }
    Path file = Files.createTempFile(destination.spool(), ".slipway-", ".blob");
    try {
      Descriptor descriptor = compress(layer.tar(), file, format);
      if (descriptor.equals(remembered.orElse(null)) || !destination.has(descriptor)) {
        destination.put(descriptor, new ReadableBlob.OfFile(file));
      }
      settings
          .cache()
          .put(
              key(layer), new Measurement(descriptor.digest(), descriptor.size(), layer.entries()));
      return descriptor;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private Optional<Descriptor> remembered(Layer layer, ManifestFormat format)
      throws ImageException {
    if (compression() == Compression.NONE) {
      return Optional.of(
          new Descriptor(format.layer(compression()), layer.tar().digest(), layer.tar().size()));
    }
    Optional<Measurement> known = settings.cache().get(key(layer));
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Descriptor(format.layer(compression()), known.get().digest(), known.get().size()));
  }

  private Digest key(Layer layer) {
    String how =
        switch (settings.compressor()) {
          case NoCompression _ -> "none";
          case GzipCompressor gzip -> "gzip " + gzip.level();
          case ZstdCompressor zstd -> "zstd " + zstd.level();
        };
    String text = "packed layer 1\n%s\n%s\n%s".formatted(layer.diffId(), how, settings.version());
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private Descriptor compress(Blob tar, Path file, ManifestFormat format) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      HashingChannel hashed = new HashingChannel(channel);
      Compressor compressor = settings.compressor();
      compressor.compress(tar::writeTo, hashed);
      return new Descriptor(format.layer(compression()), hashed.digest(), channel.position());
    }
  }
}
