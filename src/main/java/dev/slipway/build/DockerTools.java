package dev.slipway.build;

import dev.slipway.build.LayeredImage.Parameters;
import dev.slipway.build.LayeredImage.PendingCustomisation;
import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.files.os.OutputFile;
import dev.slipway.layer.Arrival;
import dev.slipway.layer.Compression;
import dev.slipway.layer.Compressor;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.FileBlob;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.PendingLayer;
import dev.slipway.layer.StoreLayer;
import dev.slipway.layer.TarSum;
import dev.slipway.oci.Digest;
import dev.slipway.oci.DigestMismatchException;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Platform;
import dev.slipway.sandbox.NamespaceSandbox;
import dev.slipway.sandbox.Sandbox;
import dev.slipway.sandbox.SandboxSettings;
import dev.slipway.store.NarHash;
import dev.slipway.store.PathInfo;
import dev.slipway.store.Store;
import dev.slipway.store.StorePath;
import dev.slipway.store.WritableStore;
import dev.slipway.transport.ArchiveLimits;
import dev.slipway.transport.DockerArchive;
import dev.slipway.transport.FlatImage;
import dev.slipway.transport.ImageLocation;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The functions of nixpkgs' dockerTools, under their names. A function that builds puts its result
 * into a file, which appears whole or not at all; a function that streams has everything ready and
 * leaves the writing to the caller.
 *
 * <p>Its helpers ({@code fakeNss}, {@code binSh}, {@code mergeDrvs} and so on) are store objects,
 * which {@link dev.slipway.store.TrivialBuilders} makes.
 */
public final class DockerTools {
  /** As many bytes as a digest and white space around it may have. */
  private static final int MOST_CHECKSUM = 1024;

  private static final int TARSUM_BUFFER = 128 << 10;

  private final Settings settings;

  /**
   * What the functions work with.
   *
   * @param store where store paths are looked up
   * @param temporary the folder for temporary files; nothing stays in it
   * @param sourceDateEpoch the mtime of what scripts make, in seconds since 1970
   * @param threads how many layers are read at a time, at least 1
   * @param cache knows layers that were measured before
   * @param scripts what scripts are run with
   * @param sandboxes where scripts run that want root
   * @param rules what scripts may do
   */
  public record Settings(
      Store store,
      Path temporary,
      long sourceDateEpoch,
      int threads,
      DigestCache cache,
      ScriptTools scripts,
      Sandboxes sandboxes,
      ScriptRules rules) {
    /** The mtime that nixpkgs gives to what is built, in seconds since 1970: the year 1980. */
    public static final long SOURCE_DATE_EPOCH = 315532800;

    /**
     * The usual ones: all processors, nixpkgs' mtime, the bash and the programs of this machine for
     * scripts, and nothing remembered of earlier builds.
     *
     * @param store where store paths are looked up
     * @param temporary the folder for temporary files
     */
    public static Settings defaults(Store store, Path temporary) {
      return new Settings(
          store,
          temporary,
          SOURCE_DATE_EPOCH,
          Runtime.getRuntime().availableProcessors(),
          DigestCache.NONE,
          ScriptTools.OF_THIS_MACHINE,
          Sandboxes.NAMESPACES,
          ScriptRules.USUAL);
    }

    /** These, with what was measured before remembered in {@code value}. */
    public Settings withCache(DigestCache value) {
      return new Settings(
          store, temporary, sourceDateEpoch, threads, value, scripts, sandboxes, rules);
    }

    /** These, with scripts run by {@code value}. */
    public Settings withScripts(ScriptTools value) {
      return new Settings(
          store, temporary, sourceDateEpoch, threads, cache, value, sandboxes, rules);
    }

    /** These, with scripts that want root run in {@code value}. */
    public Settings withSandboxes(Sandboxes value) {
      return new Settings(store, temporary, sourceDateEpoch, threads, cache, scripts, value, rules);
    }

    /** These, with scripts allowed what {@code value} says. */
    public Settings withRules(ScriptRules value) {
      return new Settings(
          store, temporary, sourceDateEpoch, threads, cache, scripts, sandboxes, value);
    }

    DockerArchive open(ImageLocation location) throws IOException {
      return DockerArchive.open(location, temporary, ArchiveLimits.forThreads(threads), cache);
    }

    /** Opens what an image for this platform is built upon. */
    DockerArchive open(ImageLocation location, Platform platform) throws IOException {
      return open(location.on(platform));
    }
  }

  /** Makes the sandbox of one build. */
  @FunctionalInterface
  public interface Sandboxes {
    /** Namespaces of this machine's kernel, with nothing kept from build to build. */
    Sandboxes NAMESPACES =
        (temporary, progress) ->
            new NamespaceSandbox(
                SandboxSettings.of(temporary, progress::output, progress::warning));

    /**
     * A sandbox.
     *
     * @param temporary the folder for temporary files
     * @param progress hears what scripts print, and what the sandbox had to do without
     */
    Sandbox sandbox(Path temporary, Progress progress);
  }

  /**
   * What scripts are run with.
   *
   * @param shell the bash that runs them
   * @param path the folders of their {@code PATH}
   */
  public record ScriptTools(String shell, List<String> path) {
    /** Where Linux distributions have them. */
    public static final ScriptTools OF_THIS_MACHINE =
        new ScriptTools("/bin/bash", List.of("/usr/local/bin", "/usr/bin", "/bin"));

    /** Takes a copy. */
    public ScriptTools {
      path = List.copyOf(path);
    }
  }

  /** The functions with these settings. */
  public DockerTools(Settings settings) {
    this.settings = settings;
  }

  /**
   * Builds a layered image of these arguments ({@code buildLayeredImage}).
   *
   * @param archive where its archive is put, compressed as the arguments ask
   * @param progress hears what is odd, and how far it has come
   * @throws ImageException if an argument is wrong, a store path is not valid, or a script fails
   * @throws IOException if something cannot be read, or the archive not written
   * @throws InterruptedException if a script is interrupted
   */
  public BuiltImage buildLayeredImage(
      LayeredImageArguments arguments, Path archive, Progress progress)
      throws IOException, InterruptedException {
    try (LayeredImage image = streamLayeredImage(arguments, progress)) {
      return write(archive, arguments.compressor(), out -> image.writeTo(out, progress));
    }
  }

  /**
   * A layered image of these arguments, ready to be streamed ({@code streamLayeredImage}).
   *
   * @param progress hears what is odd
   * @throws ImageException if an argument is wrong, a store path is not valid, or a script fails
   * @throws IOException if something cannot be read
   * @throws InterruptedException if a script is interrupted
   */
  public LayeredImage streamLayeredImage(LayeredImageArguments arguments, Progress progress)
      throws IOException, InterruptedException {
    return new LayeredImagePlanner(this, settings, arguments, Optional.empty(), progress).plan();
  }

  /**
   * Builds an image in which a shell has the environment of a derivation ({@code
   * buildNixShellImage}).
   *
   * @param own the store that the image's own files are added to, which is part of the settings'
   * @param archive where its archive is put, compressed as the arguments ask
   * @param progress hears what is odd, and how far it has come
   * @throws ImageException if an argument is wrong, or a store path is not valid
   * @throws IOException if something cannot be read, or the archive not written
   * @throws InterruptedException if it is interrupted
   */
  public BuiltImage buildNixShellImage(
      NixShellArguments arguments, WritableStore own, Path archive, Progress progress)
      throws IOException, InterruptedException {
    try (LayeredImage image = streamNixShellImage(arguments, own, progress)) {
      return write(archive, arguments.compressor(), out -> image.writeTo(out, progress));
    }
  }

  /**
   * An image in which a shell has the environment of a derivation, ready to be streamed ({@code
   * streamNixShellImage}). In it, {@code buildDerivation} builds the derivation.
   *
   * @param own the store that the image's own files are added to, which is part of the settings'
   * @param progress hears what is odd
   * @throws ImageException if an argument is wrong, or a store path is not valid
   * @throws IOException if something cannot be read
   * @throws InterruptedException if it is interrupted
   */
  public LayeredImage streamNixShellImage(
      NixShellArguments arguments, WritableStore own, Progress progress)
      throws IOException, InterruptedException {
    NixShell.Planned planned = NixShell.plan(arguments, settings.store(), own);
    return new LayeredImagePlanner(
            this, settings, planned.image(), Optional.of(planned.extras()), progress)
        .plan();
  }

  /**
   * Builds an image of one layer of these arguments ({@code buildImage}).
   *
   * @param archive where its archive is put, compressed as the arguments ask
   * @param progress hears what is odd, and how far it has come
   * @throws ImageException if an argument is wrong, a store path is not valid, or a script fails
   * @throws IOException if something cannot be read, or the archive not written
   * @throws InterruptedException if a script is interrupted
   */
  public BuiltImage buildImage(PlainImageArguments arguments, Path archive, Progress progress)
      throws IOException, InterruptedException {
    try (PlainImage image = streamImage(arguments, progress)) {
      return write(archive, arguments.compressor(), out -> image.writeTo(out, progress));
    }
  }

  /**
   * An image of one layer of these arguments, ready to be streamed ({@code buildImage}).
   *
   * @param progress hears what is odd, and how far reading has come
   * @throws ImageException if an argument is wrong, a store path is not valid, or a script fails
   * @throws IOException if something cannot be read
   * @throws InterruptedException if a script is interrupted
   */
  public PlainImage streamImage(PlainImageArguments arguments, Progress progress)
      throws IOException, InterruptedException {
    return new PlainImagePlanner(this, settings, arguments, progress).plan();
  }

  /**
   * Writes the file system of an image as one tar ({@code exportImage}). Nothing is mounted or
   * unpacked.
   *
   * @param tar where it is put
   * @return the image, its layers as they were
   * @throws ImageException if the archive or the image in it is not what it should be
   * @throws IOException if it cannot be read, or the tar not written
   */
  public BuiltImage exportImage(ExportImageArguments arguments, Path tar) throws IOException {
    try (ExportedImage image = streamExportedImage(arguments)) {
      return write(tar, Compression.NONE, image::writeTo);
    }
  }

  /**
   * An image whose file system is wanted as one tar, ready to be streamed ({@code exportImage}).
   *
   * @throws ImageException if the archive or the image in it is not what it should be
   * @throws IOException if it cannot be read
   */
  public ExportedImage streamExportedImage(ExportImageArguments arguments) throws IOException {
    DockerArchive archive = settings.open(arguments.fromImage());
    try {
      FlatImage image =
          archive.flatten(
              arguments.fromImageName().orElse(null), arguments.fromImageTag().orElse(null));
      return new ExportedImage(archive, image, settings.sourceDateEpoch());
    } catch (IOException | RuntimeException | Error e) {
      archive.close();
      throw e;
    }
  }

  /**
   * Puts the images of several archives into one ({@code mergeImages}).
   *
   * @param images the archives, at least one
   * @param archive where it is put, compressed as the last of them is
   * @param progress hears how much has been written
   * @return the images in it
   * @throws ImageException if an archive is not what it should be, or two exclude one another
   * @throws IOException if one cannot be read, or the result not written
   */
  public List<BuiltImage> mergeImages(List<ImageLocation> images, Path archive, Progress progress)
      throws IOException {
    try (MergedImages merged = streamMergedImages(images)) {
      return write(archive, merged.compression(), out -> merged.writeTo(out, progress));
    }
  }

  /**
   * The images of several archives, ready to be streamed as one ({@code mergeImages}).
   *
   * @param images the archives, at least one
   * @throws ImageException if an archive is not what it should be, or two exclude one another
   * @throws IOException if one cannot be read
   */
  public MergedImages streamMergedImages(List<ImageLocation> images) throws IOException {
    return MergedImages.open(images, settings::open, settings.sourceDateEpoch());
  }

  /**
   * Docker's checksum of a tar ({@code tarsum}).
   *
   * @throws ImageException if it is no tar, or a damaged one
   * @throws IOException if it cannot be read
   */
  public static String tarsum(Path tar) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(tar), TARSUM_BUFFER)) {
      return TarSum.of(in, tar.toString());
    }
  }

  /** Something that is written in one go, uncompressed, and has something to say of it then. */
  @FunctionalInterface
  private interface Written<T> {
    T writeTo(WritableByteChannel out) throws IOException;
  }

  private <T> T write(Path place, Compression compression, Written<T> content) throws IOException {
    Compressor compressor = Compressor.of(compression, settings.threads());
    try (OutputFile file = OutputFile.create(place, OutputFile.Unfinished.UNTOLD)) {
      try {
        List<T> result = new ArrayList<>();
        compressor.compress(plain -> result.add(content.writeTo(plain)), file.channel());
        file.commit();
        return result.getFirst();
      } catch (IOException e) {
        throw file.explain(e);
      }
    }
  }

  /**
   * The layered image of a configuration that was made elsewhere, ready to be streamed.
   *
   * @param progress hears how far measuring has come
   * @throws ImageException if the configuration names what is not there
   * @throws IOException if something cannot be read
   */
  public LayeredImage stream(StreamConfiguration configuration, Progress progress)
      throws IOException {
    long mtime = configuration.mtime().seconds();
    StoreLayer.Owner owner =
        new StoreLayer.Owner(
            configuration.uid(),
            configuration.gid(),
            RawName.of(configuration.uname()),
            RawName.of(configuration.gname()));
    String repoTag = configuration.repoTag();
    int colon = repoTag.lastIndexOf(':');
    if (colon < 0 || repoTag.indexOf('/', colon) >= 0) {
      throw new ImageException("repo_tag: expected NAME:TAG, found '" + repoTag + "'");
    }
    List<List<StorePath>> groups = new ArrayList<>();
    for (List<String> group : configuration.storeLayers()) {
      List<StorePath> paths = new ArrayList<>();
      for (String path : group) {
        paths.add(storePath(configuration.storeDir(), path));
      }
      groups.add(paths);
    }
    Deque<Closeable> resources = new ArrayDeque<>();
    boolean whole = false;
    try {
      LayerMeasurer measurer =
          new LayerMeasurer(settings.threads(), settings.cache(), progress::measured);
      resources.push(measurer::close);
      List<PendingLayer> layers = measure(measurer, groups, owner, mtime);
      PendingCustomisation customisation =
          madeCustomisation(
              locate(configuration.customisationLayer()), configuration.customisationName());
      Optional<DockerArchive> base = Optional.empty();
      if (configuration.fromImage().isPresent()) {
        DockerArchive archive =
            settings.open(
                ImageLocation.of(locate(configuration.fromImage().get())),
                configuration.platform());
        resources.push(archive);
        base = Optional.of(archive);
      }
      Parameters parameters =
          new Parameters(
              repoTag.substring(0, colon),
              Optional.of(repoTag.substring(colon + 1)),
              configuration.platform(),
              configuration.config(),
              configuration.created(),
              mtime,
              owner,
              configuration.storeDir(),
              configuration.storeLayers());
      LayeredImage image = new LayeredImage(parameters, base, layers, customisation, resources);
      whole = true;
      return image;
    } finally {
      if (!whole) {
        LayeredImage.closeAll(resources);
      }
    }
  }

  /** Begins to measure layers of store paths. */
  List<PendingLayer> measure(
      LayerMeasurer measurer, List<List<StorePath>> groups, StoreLayer.Owner owner, long mtime)
      throws IOException {
    Set<StorePath> all = new HashSet<>();
    groups.forEach(all::addAll);
    Map<StorePath, PathInfo> known = settings.store().query(all);
    List<LayerMeasurer.Request> requests = new ArrayList<>();
    for (List<StorePath> group : groups) {
      List<StoreLayer.Root> roots = new ArrayList<>();
      List<Digest> hashes = new ArrayList<>();
      long size = 0;
      for (StorePath path : group) {
        Path file = settings.store().locate(path);
        PathInfo info = known.get(path);
        if (info == null && settings.store().hasDatabase()) {
          throw new ImageException("'" + path + "' is not valid in the store");
        }
        if (info != null && info.nar().isPresent()) {
          NarHash nar = info.nar().get();
          size += nar.size();
          hashes.add(nar.digest());
        }
        roots.add(new StoreLayer.Root(path.toString(), file));
      }
      StoreLayer layer = new StoreLayer(settings.store().storeDir(), roots, owner, mtime);
      requests.add(
          new LayerMeasurer.Request(
              layer,
              hashes.size() == roots.size() ? layer.cacheKey(hashes) : null,
              size,
              arrival(group, layer.form())));
    }
    return measurer.measure(requests);
  }

  /** Brings these paths from wherever the store has them, in this form if not as files. */
  private Arrival arrival(List<StorePath> paths, TreeForm form) {
    Store store = settings.store();
    return new Arrival() {
      @Override
      public boolean isHere() {
        return store.isHere(paths);
      }

      @Override
      public void begin() throws IOException {
        store.prefetch(paths, form);
      }

      @Override
      public Map<String, TreeForm.Formed> await() throws IOException {
        Map<String, TreeForm.Formed> formed = new HashMap<>();
        store.fetch(paths, form).forEach((path, there) -> formed.put(path.toString(), there));
        return formed;
      }
    };
  }

  /** The store object that a path in the store is, or lies in. */
  StorePath object(String path) throws ImageException {
    try {
      return StorePath.containing(settings.store().storeDir(), path);
    } catch (IllegalArgumentException e) {
      throw new ImageException(String.valueOf(e.getMessage()), e);
    }
  }

  private static StorePath storePath(String storeDir, String path) throws ImageException {
    try {
      return StorePath.parse(storeDir, path);
    } catch (IllegalArgumentException e) {
      throw new ImageException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Where a path lies that may be in the store or anywhere else; it is fetched if need be. */
  Path locate(String path) throws IOException {
    String storeDir = settings.store().storeDir();
    if (!path.startsWith(storeDir + "/")) {
      return Path.of(path);
    }
    StorePath object = object(path);
    settings.store().fetch(List.of(object));
    Path location = settings.store().locate(object);
    int start = object.toString().length();
    while (start < path.length() && path.charAt(start) == '/') {
      start++; // With two of them what follows would count as absolute.
    }
    return location.resolve(path.substring(start));
  }

  private static PendingCustomisation madeCustomisation(Path folder, String name)
      throws IOException {
    Path checksum = folder.resolve("checksum");
    if (!Files.isRegularFile(checksum)) {
      throw new ImageException(checksum + ": expected the digest of the customisation layer");
    }
    String expected;
    try (InputStream in = Files.newInputStream(checksum)) {
      expected = new String(in.readNBytes(MOST_CHECKSUM), StandardCharsets.ISO_8859_1).strip();
    }
    if (!Digest.isHex(expected)) {
      throw new ImageException(checksum + ": expected 64 hex digits, found '" + expected + "'");
    }
    Path tar = folder.resolve("layer.tar");
    if (Files.isDirectory(tar)) {
      throw new ImageException(tar + ": expected the customisation layer, found a directory");
    }
    Layer layer = FileBlob.layer(tar);
    if (!layer.diffId().value().hex().equals(expected)) {
      throw new DigestMismatchException(
          tar.toString(), new Digest(expected), layer.diffId().value());
    }
    return new PendingCustomisation() {
      @Override
      public Layer layer() {
        return layer;
      }

      @Override
      public String name() {
        return name;
      }
    };
  }
}
