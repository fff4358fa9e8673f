package dev.slipway.cli;

import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.cli.imagefile.StoreObjectSpec;
import dev.slipway.debian.DebianMirror;
import dev.slipway.debian.DebianPackages;
import dev.slipway.debian.DebianRequest;
import dev.slipway.debian.LockFile;
import dev.slipway.debian.LockedPackage;
import dev.slipway.debian.LockedPackages;
import dev.slipway.files.os.OutputFile;
import dev.slipway.http.HttpSettings;
import dev.slipway.oci.Digest;
import dev.slipway.oci.Platform;
import dev.slipway.store.StorePath;
import dev.slipway.store.Stores;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Debian's packages for an image file, as its lock file pins them. */
final class Packages implements Closeable {
  private static final long CACHE_BYTES = 4L << 30;

  private final ImageFile file;
  private final Session session;
  private final Optional<String> mirrorOption;
  private final ArchiveCache cache;
  private @Nullable DebianMirror mirror;
  private @Nullable LockFile lock;

  Packages(ImageFile file, Invocation invocation, Session session) {
    this.file = file;
    this.session = session;
    this.mirrorOption = invocation.value(OptionName.DEB_MIRROR);
    this.cache =
        new ArchiveCache(
            session.environment().cacheHome().resolve("slipway/debs"),
            ".deb",
            CACHE_BYTES,
            session.temporaryFiles());
  }

  /**
   * The mirror that the command line or the environment names, else that of this machine's apt.
   *
   * @throws UsageException if that is no address of one, or there is none
   */
  static DebianMirror mirror(Optional<String> option, Session session) throws IOException {
    Optional<String> named = option.or(session.environment()::debianMirror);
    if (named.isEmpty()) {
      AptSources.Found found =
          AptSources.mirror(AptSources.FOLDER)
              .orElseThrow(() ->
                  new UsageException(
                      "apt of this machine knows no mirror of Debian; name one with"
                          + " --deb-mirror or SLIPWAY_DEB_MIRROR"));
      return new DebianMirror(found.main(), found.security(), http(session));
    }
    String text = named.get();
    try {
      URI uri = new URI(text);
      if (List.of("http", "https", "file").contains(String.valueOf(uri.getScheme()))
          && (uri.getHost() != null || "file".equals(uri.getScheme()))) {
        return new DebianMirror(uri, http(session));
      }
    } catch (URISyntaxException _) {
      // Said below.
    }
    throw new UsageException(
        "--deb-mirror: expected http://HOST/…, https://HOST/… or file:///…, found '" + text + "'");
  }

  private static HttpSettings http(Session session) throws UsageException {
    return session.registryArguments().http(session.environment(), session.clock());
  }

  /** What {@code spec} asks of Debian for this platform. */
  static DebianRequest request(StoreObjectSpec.Deb spec, Platform platform) {
    return new DebianRequest(
        spec.packages(),
        spec.suite(),
        spec.components(),
        spec.architecture()
            .orElseGet(
                () -> DebianRequest.architecture(platform.architecture(), platform.variant())));
  }

  /** The lock file of an image file; one that pins nothing if there is none. */
  static LockFile lock(ImageFile file) throws IOException {
    Path path = file.lockFile();
    return Files.exists(path)
        ? LockFile.parse(Files.readAllBytes(path), path.toString())
        : new LockFile(new TreeMap<>());
  }

  /** Adds packages to the store, joined under the name {@code key}. */
  StorePath add(String key, StoreObjectSpec.Deb spec, Platform platform, Stores.ForBuild stores)
      throws IOException {
    DebianRequest request = request(spec, platform);
    if (lock == null) {
      lock = lock(file);
    }
    Optional<LockedPackages> locked = lock.find(key, request);
    if (locked.isEmpty()) {
      throw new ImageFileException(
          spec.at(),
          "paths.%s is not pinned for %s in %s; run slipway lock -f %s"
              .formatted(key, request.architecture(), file.lockFile().getFileName(), file.label()));
    }
    String fault = StorePath.nameFault(key);
    if (fault != null) {
      throw new ImageFileException(spec.at(), key + ": cannot be a store object: " + fault);
    }
    return new DebianPackages(
            stores.own(),
            stores.all(),
            this::fetched,
            new Remembered(
                session.environment().cacheHome().resolve("slipway/debian"),
                session.temporaryFiles()),
            session.temporaryFiles().folder())
        .add(key, locked.get());
  }

  private Path fetched(LockedPackage locked) throws IOException {
    Optional<Path> known = cache.find(locked.digest(), locked.path());
    if (known.isPresent()) {
      return known.get();
    }
    DebianMirror from = mirror();
    session.tell(
        "fetching %s %s, %s"
            .formatted(
                OneLine.of(locked.name()), OneLine.of(locked.version()), Bytes.of(locked.size())));
    return cache.add(locked.digest(), locked.path(), out -> from.fetch(locked, out));
  }

  private synchronized DebianMirror mirror() throws IOException {
    if (mirror == null) {
      mirror = mirror(mirrorOption, session);
    }
    return mirror;
  }

  /** Remembers store paths in small files, each called as its key. */
  private record Remembered(Path folder, OutputFile.Unfinished unfinished)
      implements DebianPackages.Memory {
    @Override
    public Optional<String> get(Digest key) throws IOException {
      Path file = folder.resolve(key.hex());
      return Files.isRegularFile(file) ? Optional.of(Files.readString(file)) : Optional.empty();
    }

    @Override
    public void put(Digest key, String path) throws IOException {
      Files.createDirectories(folder);
      try (OutputFile file = OutputFile.create(folder.resolve(key.hex()), unfinished)) {
        file.channel().write(ByteBuffer.wrap(path.getBytes(StandardCharsets.UTF_8)));
        file.commit();
      }
    }
  }

  @Override
  public void close() {
    if (mirror != null) {
      mirror.close();
    }
  }
}
