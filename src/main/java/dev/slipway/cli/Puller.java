package dev.slipway.cli;

import dev.slipway.layer.HashingChannel;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.store.NixHash;
import dev.slipway.transport.ArchiveLimits;
import dev.slipway.transport.PulledImage;
import dev.slipway.transport.Registries;
import dev.slipway.transport.RegistryImage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Pulls images from registries, and keeps those whose hashes are known. */
final class Puller implements AutoCloseable {
  /** As much as the layers take that are kept for scripts. */
  private static final long CACHE_BYTES = 10L << 30;

  private final Session session;
  private final ArchiveCache cache;
  private final Map<Boolean, Registries> registries = new HashMap<>();

  Puller(Session session) {
    this.session = session;
    this.cache =
        new ArchiveCache(
            session.environment().cacheHome().resolve("slipway/pulled"),
            ".tar",
            CACHE_BYTES,
            session.temporaryFiles());
  }

  /** Those that speak to registries as this request wants it. */
  private Registries registries(PullRequest request) throws UsageException {
    boolean verify = request.tlsVerify() && session.registryArguments().tlsVerify();
    Registries known = registries.get(verify);
    if (known == null) {
      known = new Registries(session.registries().withTlsVerify(verify));
      registries.put(verify, known);
    }
    return known;
  }

  RegistryImage resolve(PullRequest request) throws IOException {
    return registries(request).resolve(request.image(), request.platform());
  }

  /**
   * The archive that has this hash, from the cache or through it.
   *
   * @throws ImageException if what is pulled has another
   */
  Path archive(PullRequest request, Digest hash) throws IOException {
    Optional<Path> known = cache.find(hash, request.question());
    if (known.isPresent()) {
      return known.get();
    }
    try (ProgressView progress = session.progress();
        PulledImage image = pull(request, resolve(request), progress)) {
      return add(request, hash, image, progress);
    }
  }

  private Path add(PullRequest request, Digest hash, PulledImage image, ProgressView progress)
      throws IOException {
    try {
      Path file =
          cache.add(
              hash,
              request.question(),
              out -> image.writeTo(out, request.name(), progress::written));
      progress.finished();
      return file;
    } catch (DigestMismatchException e) {
      throw mismatch(request, hash, e.actual());
    }
  }

  private static ImageException mismatch(PullRequest request, Digest hash, Digest actual) {
    return new ImageException(
        "%s: the archive should have the hash %s, but has %s"
            .formatted(request.image(), NixHash.sri(hash), NixHash.sri(actual)));
  }

  /**
   * Writes an archive.
   *
   * @param hash the hash that it must have, once it is written
   * @throws ImageException if it has another
   */
  void write(PullRequest request, Optional<Digest> hash, WritableByteChannel out)
      throws IOException {
    try (ProgressView progress = session.progress();
        PulledImage image = pull(request, resolve(request), progress)) {
      if (hash.isEmpty()) {
        image.writeTo(out, request.name(), progress::written);
      } else {
        HashingChannel hashed = new HashingChannel(out);
        image.writeTo(hashed, request.name(), progress::written);
        Digest actual = hashed.digest();
        if (!actual.equals(hash.get())) {
          throw mismatch(request, hash.get(), actual);
        }
      }
      progress.finished();
    }
  }

  /** The hash of the archive of an image, which is kept for when it is asked for. */
  Digest prefetch(PullRequest request, RegistryImage found) throws IOException {
    try (ProgressView progress = session.progress();
        PulledImage image = pull(request, found, progress)) {
      HashingChannel hashed =
          new HashingChannel(Channels.newChannel(OutputStream.nullOutputStream()));
      image.writeTo(hashed, request.name(), _ -> {});
      Digest hash = hashed.digest();
      PullRequest pinned = request.of(found.digest());
      if (cache.find(hash, pinned.question()).isEmpty()) {
        add(pinned, hash, image, progress);
      }
      return hash;
    }
  }

  private PulledImage pull(PullRequest request, RegistryImage image, ProgressView progress)
      throws IOException {
    progress.started(request.image().familiar(), image.manifest().layers().size());
    return registries(request)
        .pull(
            image,
            session.temporaryFiles().folder(),
            ArchiveLimits.forThreads(Runtime.getRuntime().availableProcessors()),
            progress::measured);
  }

  @Override
  public void close() {
    registries.values().forEach(Registries::close);
  }
}
