package dev.slipway.transport;

import dev.slipway.files.RawName;
import dev.slipway.layer.Compression;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.Futures;
import dev.slipway.layer.Layer;
import dev.slipway.layer.Measurement;
import dev.slipway.layer.MeasuringStream;
import dev.slipway.layer.TarMember;
import dev.slipway.oci.DiffId;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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
import org.jspecify.annotations.Nullable;

/**
 * Reads each layer of an archive once, to see whether it is a layer and which. What was found is
 * remembered, and believed as long as the file is the same and was not written to.
 */
final class LayerVerifier {
  private static final int BUFFER = 128 << 10;

  /** What is remembered; to be changed when more is asked of a layer than before. */
  private static final String REMEMBERED = "layer of an archive 2";

  private final ArchiveFile file;
  private final ArchiveIndex index;
  private final ArchiveLimits limits;
  private final DigestCache cache;
  private final Path scratch;
  private final Duration grain;

  /** When it was when it was first asked; what was written to since is not known either way. */
  private @Nullable Instant now;

  /** What has been read, by where it lies in the archive. */
  private final Map<Long, Measured> known = new HashMap<>();

  /** Where what lies that earlier runs did not know, by what it is remembered under. */
  private final Map<Digest, Long> fresh = new HashMap<>();

  /** A layer's tar and how many members it has. */
  private record Measured(ArchivedBlob blob, long entries) {}

  /**
   * One that knows nothing yet.
   *
   * @param cache knows layers that were read in earlier runs
   * @param scratch a folder for temporary files
   * @param grain how long ago the archive must have been written to be known again
   */
  LayerVerifier(
      ArchiveFile file,
      ArchiveIndex index,
      ArchiveLimits limits,
      DigestCache cache,
      Path scratch,
      Duration grain) {
    this.file = file;
    this.index = index;
    this.limits = limits;
    this.cache = cache;
    this.scratch = scratch;
    this.grain = grain;
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
    if (digest(member).isPresent() && digest(member).equals(other.digest(twin))) {
      return true;
    }
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
    key(member).ifPresent(key -> fresh.put(key, offset));
    return true;
  }

  /**
   * The digest of a member's bytes, if it is an uncompressed layer that was read, now or before.
   */
  Optional<Digest> digest(TarMember member) throws IOException {
    recall(member, member.header().name().toString());
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

  /** Under what a layer of this archive is remembered; nothing if it is not. */
  private Optional<Digest> key(TarMember member) throws IOException {
    Optional<StoredBytes.Place> place = file.place(member.contentOffset());
    if (cache.equals(DigestCache.NONE) || place.isEmpty()) {
      return Optional.empty();
    }
    if (now == null) {
      now = FileIdentity.now(scratch);
    }
    return place
        .get()
        .file()
        .key(now, grain, REMEMBERED)
        .map(key ->
            Digest.of(
                "%s %d %d"
                    .formatted(key.hex(), place.get().offset(), member.header().size())
                    .getBytes(StandardCharsets.US_ASCII)));
  }

  /** Takes note of a layer that was read in an earlier run, if it was. */
  private void recall(TarMember member, String name) throws IOException {
    if (known.containsKey(member.contentOffset())) {
      return;
    }
    Optional<Measurement> found = key(member).flatMap(cache::get);
    if (found.isPresent()) {
      String what = what(name);
      long size = member.header().size();
      try (InputStream stored =
          new BufferedInputStream(
              file.section(member.contentOffset(), size), Compression.MAGIC_SIZE)) {
        known(
            member,
            new ArchivedBlob(
                file,
                what,
                member.contentOffset(),
                size,
                ArchiveFile.compression(stored, what),
                found.get().digest(),
                found.get().size()),
            found.get().entries());
      }
    }
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
          recall(member, names.get(i));
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
            key(layer.file()).ifPresent(key -> fresh.put(key, offset));
          }
        }
      } finally {
        over.set(true);
      }
    }
    if (!fresh.isEmpty()) {
      file.checkUnchanged();
      fresh.forEach(this::remember);
      fresh.clear();
    }
  }

  private void remember(Digest key, long offset) {
    Measured measured = known.get(offset);
    if (measured != null) {
      ArchivedBlob blob = measured.blob();
      cache.put(key, new Measurement(blob.digest(), blob.size(), measured.entries()));
    }
  }

  /**
   * The digest that a blob of an OCI layout is called by, under which it is handed on as it lies.
   */
  static Optional<Digest> named(RawName member) {
    RawName place = MemberName.of(member);
    String name = place == null ? "" : place.toString();
    String hex =
        name.startsWith(LayoutFolder.BLOBS) ? name.substring(LayoutFolder.BLOBS.length()) : "";
    return Digest.isHex(hex) ? Optional.of(new Digest(hex)) : Optional.empty();
  }

  private Measured measure(TarMember member, String what, BooleanSupplier givenUp)
      throws IOException {
    long size = member.header().size();
    InputStream stored =
        new BufferedInputStream(file.section(member.contentOffset(), size), BUFFER);
    Compression compression = ArchiveFile.compression(stored, what);
    Optional<Digest> named =
        compression == Compression.NONE ? Optional.empty() : named(member.header().name());
    MeasuringStream hashed = new MeasuringStream(stored, what, Long.MAX_VALUE, givenUp);
    long most = compression == Compression.NONE ? Long.MAX_VALUE : limits.layerBytes();
    try (InputStream plain = compression.decompress(named.isEmpty() ? stored : hashed, what)) {
      MeasuringStream tar = new MeasuringStream(plain, what, most, givenUp);
      long entries = LayerCheck.run(tar, what);
      if (named.isPresent()) {
        hashed.transferTo(OutputStream.nullOutputStream());
        Digest digest = hashed.digest();
        if (!digest.equals(named.get())) {
          throw new DigestMismatchException(what, named.get(), digest);
        }
      }
      return new Measured(
          new ArchivedBlob(
              file, what, member.contentOffset(), size, compression, tar.digest(), tar.total()),
          entries);
    }
  }
}
