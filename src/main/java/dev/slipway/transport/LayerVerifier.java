package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Futures;
import dev.slipway.layer.Layer;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Reads each layer of an archive once, to see whether it is a layer and which. */
final class LayerVerifier {
  private static final int BUFFER = 128 << 10;

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private final ArchiveLimits limits;

  /** What has been read, by where it lies in the archive. */
  private final Map<Long, Measured> known = new HashMap<>();

  /** A layer's tar and how many members it has. */
  private record Measured(ArchivedBlob blob, long entries) {}

  LayerVerifier(ArchiveFile file, ArchiveIndex index, ArchiveLimits limits) {
    this.file = file;
    this.index = index;
    this.limits = limits;
  }

  /** The image's layers, all of them true, unless {@code cancelled} is set before. */
  List<ArchivedLayer> verify(ArchiveManifest.Entry image, AtomicBoolean cancelled)
      throws IOException {
    List<ArchiveIndex.Resolved> found = resolve(image);
    measure(image.layers(), found, cancelled);
    List<ArchivedLayer> layers = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      ArchiveIndex.Resolved resolved = found.get(i);
      Measured measured = measured(resolved);
      ArchivedBlob blob = measured.blob();
      DiffId diffId = image.diffIds().get(i);
      if (!blob.digest().equals(diffId.value())) {
        throw new DigestMismatchException(
            what(image.layers().get(i)), diffId.value(), blob.digest());
      }
      layers.add(
          new ArchivedLayer(
              image.layers().get(i),
              resolved.member(),
              resolved.fileName(),
              resolved.file(),
              form(resolved.fileName(), blob),
              new Layer(diffId, blob, measured.entries())));
    }
    file.checkUnchanged();
    return layers;
  }

  /** The members that hold the image's layers. */
  List<ArchiveIndex.Resolved> resolve(ArchiveManifest.Entry image) throws IOException {
    List<ArchiveIndex.Resolved> found = new ArrayList<>();
    for (String name : image.layers()) {
      found.add(index.resolve(name, image.where()));
    }
    return found;
  }

  /** Takes note of a layer that was read elsewhere. */
  void known(TarMember member, ArchivedBlob blob, long entries) {
    known.put(member.contentOffset(), new Measured(blob, entries));
  }

  /**
   * Takes note of what a member is if another archive has the same bytes and knows what they are,
   * which takes half the time of a digest.
   *
   * @return whether it is known now to be the same
   */
  boolean adopt(TarMember member, LayerVerifier other, TarMember twin) throws IOException {
    Measured measured = other.known.get(twin.contentOffset());
    long offset = member.contentOffset();
    long size = member.header().size();
    if (measured == null
        || size != measured.blob().stored()
        || !file.isSame(offset, other.file, twin.contentOffset(), size)) {
      return false;
    }
    ArchivedBlob blob = measured.blob();
    known(
        member,
        new ArchivedBlob(
            file,
            what(member.header().name().toString()),
            offset,
            size,
            blob.compression(),
            blob.digest(),
            blob.size()),
        measured.entries());
    return true;
  }

  /** The digest of a member's bytes, if it is an uncompressed layer that was read. */
  Optional<Digest> digest(TarMember member) {
    Measured measured = known.get(member.contentOffset());
    return measured == null || measured.blob().compression() != Compression.NONE
        ? Optional.empty()
        : Optional.of(measured.blob().digest());
  }

  private Measured measured(ArchiveIndex.Resolved resolved) {
    Measured measured = known.get(resolved.file().contentOffset());
    if (measured == null) {
      throw new IllegalStateException("a layer has not been measured");
    }
    return measured;
  }

  private static ArchivedLayer.Form form(RawName name, ArchivedBlob blob) {
    return blob.compression() != Compression.NONE || name.toString().startsWith("blobs/")
        ? ArchivedLayer.Form.OTHER
        : ArchivedLayer.Form.DOCKER;
  }

  String what(String layer) {
    return file.name() + ": layer " + layer;
  }

  /** Measures what is not known yet. */
  private void measure(
      List<String> names, List<ArchiveIndex.Resolved> layers, AtomicBoolean cancelled)
      throws IOException {
    AtomicBoolean over = new AtomicBoolean();
    BooleanSupplier givenUp = () -> over.get() || cancelled.get();
    Map<Long, Future<Measured>> running = new HashMap<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(limits.threads())) {
      try {
        for (int i = 0; i < layers.size(); i++) {
          TarMember member = layers.get(i).file();
          String what = what(names.get(i));
          if (!known.containsKey(member.contentOffset())) {
            running.computeIfAbsent(
                member.contentOffset(), _ -> pool.submit(() -> measure(member, what, givenUp)));
          }
        }
        for (ArchiveIndex.Resolved layer : layers) {
          long offset = layer.file().contentOffset();
          Future<Measured> result = running.get(offset);
          if (result != null) {
            known.put(offset, Futures.await(result));
          }
        }
      } finally {
        over.set(true);
      }
    }
  }

  private Measured measure(TarMember member, String what, BooleanSupplier givenUp)
      throws IOException {
    long size = member.header().size();
    InputStream stored =
        new BufferedInputStream(file.section(member.contentOffset(), size), BUFFER);
    Compression compression = ArchiveFile.compression(stored, what);
    long most = compression == Compression.NONE ? Long.MAX_VALUE : limits.layerBytes();
    try (InputStream plain = compression.decompress(stored, what)) {
      MeasuringStream tar = new MeasuringStream(plain, what, most, givenUp);
      long entries = LayerCheck.run(tar, what);
      return new Measured(
          new ArchivedBlob(
              file, what, member.contentOffset(), size, compression, tar.digest(), tar.total()),
          entries);
    }
  }
}
