package dev.slipway.transport;

import dev.slipway.layer.Compression;
import dev.slipway.layer.Futures;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.oci.Descriptor;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.JsonArray;
import dev.slipway.oci.JsonLimits;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonString;
import dev.slipway.oci.JsonValue;
import dev.slipway.registry.RegistryClient;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/** Fetches one image. Layers are decompressed as they come, each blob once. */
final class ImagePull {
  /** More connections gain nothing: a registry gives each what it can. */
  private static final int MOST_AT_ONCE = 4;

  private static final int BUFFER = 128 << 10;

  private final RegistryClient client;
  private final RegistryImage image;
  private final Path spoolDirectory;
  private final ArchiveLimits limits;
  private final LongConsumer progress;
  private final String name;
  private final AtomicBoolean over = new AtomicBoolean();

  ImagePull(
      RegistryClient client,
      RegistryImage image,
      Path spoolDirectory,
      ArchiveLimits limits,
      LongConsumer progress) {
    this.client = client;
    this.image = image;
    this.spoolDirectory = spoolDirectory;
    this.limits = limits;
    this.progress = progress;
    this.name = image.reference().toString();
  }

  PulledImage run() throws IOException {
    for (Descriptor layer : image.manifest().layers()) {
      if (!layer.mediaType().isLayer()) {
        throw new ImageException(
            "%s: expected layers, found one of the type '%s'".formatted(name, layer.mediaType()));
      }
    }
    ConfigDocument config = config();
    List<DiffId> diffIds = diffIds(config);
    List<PulledLayer> layers = new ArrayList<>();
    Map<Digest, Future<PulledLayer>> running = new LinkedHashMap<>();
    boolean whole = false;
    int threads = Math.min(MOST_AT_ONCE, Math.max(2, limits.threads()));
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      try {
        List<Future<PulledLayer>> fetched = new ArrayList<>();
        List<Descriptor> blobs = image.manifest().layers();
        for (int i = 0; i < blobs.size(); i++) {
          Descriptor blob = blobs.get(i);
          DiffId diffId = diffIds.get(i);
          fetched.add(
              running.computeIfAbsent(blob.digest(), _ -> pool.submit(() -> fetch(blob, diffId))));
        }
        for (int i = 0; i < blobs.size(); i++) {
          PulledLayer layer = Futures.await(fetched.get(i));
          if (!layer.diffId().equals(diffIds.get(i))) {
            throw new DigestMismatchException(
                what(blobs.get(i)), diffIds.get(i).value(), layer.diffId().value());
          }
          layers.add(layer);
        }
        whole = true;
      } finally {
        over.set(true);
        pool.shutdownNow();
      }
    } finally {
      if (!whole) {
        discard(running.values());
      }
    }
    return new PulledImage(config, layers);
  }

  /** Nothing of what the others have fetched is needed. */
  private static void discard(Iterable<Future<PulledLayer>> fetched) throws IOException {
    for (Future<PulledLayer> each : fetched) {
      if (each.state() == Future.State.SUCCESS) {
        each.resultNow().close();
      }
    }
  }

  /** The image's config. */
  ConfigDocument config() throws IOException {
    Descriptor descriptor = image.manifest().config();
    if (!descriptor.mediaType().isConfig()) {
      throw new ImageException(
          "%s: expected an image, found an artifact with a config of the type '%s'"
              .formatted(name, descriptor.mediaType()));
    }
    if (descriptor.size() > JsonLimits.FOREIGN.maxBytes()) {
      throw new ImageException(
          "%s: its config has %d bytes, more than the %d that are allowed"
              .formatted(name, descriptor.size(), JsonLimits.FOREIGN.maxBytes()));
    }
    try (InputStream in = client.blob(image.repository(), descriptor)) {
      return new ConfigDocument(in.readAllBytes(), what(descriptor));
    }
  }

  private List<DiffId> diffIds(ConfigDocument config) throws ImageException {
    String where = what(image.manifest().config());
    List<DiffId> diffIds = new ArrayList<>();
    if (config.json().get("rootfs") instanceof JsonObject rootfs
        && rootfs.get("diff_ids") instanceof JsonArray list) {
      for (JsonValue element : list.elements()) {
        diffIds.add(diffId(element, where));
      }
    }
    int layers = image.manifest().layers().size();
    if (diffIds.size() != layers) {
      throw new ImageException(
          "%s: has %d layers, but its config has %d diff IDs"
              .formatted(name, layers, diffIds.size()));
    }
    return diffIds;
  }

  private static DiffId diffId(JsonValue element, String where) throws ImageException {
    String text = element instanceof JsonString(String found) ? found : element.kind();
    try {
      return new DiffId(Digest.parse(text));
    } catch (IllegalArgumentException e) {
      throw new ImageException(
          "%s.rootfs.diff_ids: expected sha256 digests, found '%s'".formatted(where, text), e);
    }
  }

  private String what(Descriptor blob) {
    return image.repository() + "@" + blob.digest();
  }

  private PulledLayer fetch(Descriptor blob, DiffId diffId) throws IOException {
    String what = what(blob);
    try (InputStream in = client.blob(image.repository(), blob)) {
      InputStream stored = new BufferedInputStream(in, BUFFER);
      PulledLayer layer;
      try {
        layer = decompress(stored, what);
      } catch (ImageException e) {
        // If it is not even the blob that it should be, that is what is wrong.
        stored.transferTo(OutputStream.nullOutputStream());
        throw e;
      }
      boolean whole = false;
      try {
        // What is behind the end of the compressed data has been refused, or there is nothing.
        stored.transferTo(OutputStream.nullOutputStream());
        if (!layer.diffId().equals(diffId)) {
          throw new DigestMismatchException(what, diffId.value(), layer.diffId().value());
        }
        whole = true;
        return layer;
      } finally {
        if (!whole) {
          layer.close();
        }
      }
    }
  }

  private PulledLayer decompress(InputStream stored, String what) throws IOException {
    Compression compression = ArchiveFile.compression(stored, what);
    InputStream plain = compression.decompress(new Unclosed(stored), what);
    MeasuringStream tar = new MeasuringStream(plain, what, limits.layerBytes(), over::get);
    ArchiveFile file = ArchiveFile.spooled(new Told(tar), what, spoolDirectory, limits);
    return new PulledLayer(new DiffId(tar.digest()), tar.total(), file);
  }

  /** Tells how much has been read. */
  private final class Told extends FilterInputStream {
    Told(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      int count = super.read(target, start, length);
      if (count > 0) {
        progress.accept(count);
      }
      return count;
    }
  }

  /** Lets the rest be read after what decompresses it is closed. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] target, int start, int length) throws IOException {
      return in.read(target, start, length);
    }

    @Override
    public void close() {}
  }
}
