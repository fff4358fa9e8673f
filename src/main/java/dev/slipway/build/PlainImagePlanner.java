package dev.slipway.build;

import dev.slipway.build.PlainDocuments.LayerDocument;
import dev.slipway.build.PlainImage.Base;
import dev.slipway.build.PlainImage.Parameters;
import dev.slipway.build.PlainImage.TopLayer;
import dev.slipway.files.RawName;
import dev.slipway.layer.ClosureLayer;
import dev.slipway.layer.CopyJoin;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.LayerPaths;
import dev.slipway.layer.LayerRecipe;
import dev.slipway.layer.StoreLayer;
import dev.slipway.layer.TarDialect;
import dev.slipway.layer.TarReader;
import dev.slipway.layer.TarSumChannel;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.JqJson;
import dev.slipway.sandbox.Script;
import dev.slipway.sandbox.View;
import dev.slipway.store.Closure;
import dev.slipway.store.PathInfo;
import dev.slipway.store.ReferenceScanner;
import dev.slipway.store.StorePath;
import dev.slipway.transport.ArchivedImage;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.DockerArchive;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Makes an image of its arguments: copies the contents over one another, has the script change
 * them, and appends the closure of what they and the config refer to, but for what is there
 * already.
 */
final class PlainImagePlanner {
  /** Of the layer that a script as root begins with, if nothing is copied to it. */
  private static final int EMPTY_MODE = 0755;

  /** The binary logarithm of a MiB. */
  private static final int MIB = 20;

  private final DockerTools tools;
  private final DockerTools.Settings settings;
  private final PlainImageArguments arguments;
  private final Progress progress;
  private final PlainDocuments documents;

  /** What has to be closed when the image has been written, the last first. */
  private final Deque<Closeable> resources = new ArrayDeque<>();

  PlainImagePlanner(
      DockerTools tools,
      DockerTools.Settings settings,
      PlainImageArguments arguments,
      Progress progress) {
    this.tools = tools;
    this.settings = settings;
    this.arguments = arguments;
    this.progress = progress;
    this.documents =
        new PlainDocuments(arguments.config(), arguments.platform(), arguments.created());
  }

  PlainImage plan() throws IOException, InterruptedException {
    arguments.check();
    if (!arguments.contents().isEmpty()) {
      progress.warning(
          "image '"
              + arguments.name()
              + "': contents is deprecated: use copyToRoot for what is to be copied to the root,"
              + " for instance a buildEnv of the packages whose programs are to be in /bin");
    }
    boolean whole = false;
    try {
      PlainImage image = planned();
      whole = true;
      return image;
    } finally {
      if (!whole) {
        LayeredImage.closeAll(resources);
      }
    }
  }

  private PlainImage planned() throws IOException, InterruptedException {
    Optional<Base> base = Optional.empty();
    if (arguments.fromImage().isPresent()) {
      DockerArchive archive = settings.open(arguments.fromImage().get(), arguments.platform());
      resources.push(archive);
      ArchivedImage image =
          archive.image(
              arguments.fromImageName().orElse(null), arguments.fromImageTag().orElse(null));
      base = Optional.of(new Base(archive, image));
    }
    List<ArchivedLayer> below = base.map(found -> found.image().layers()).orElse(List.of());
    progress.started(
        arguments.imageName() + arguments.tag().map(tag -> ":" + tag).orElse(""), below.size() + 1);

    LayerMeasurer measurer =
        new LayerMeasurer(settings.threads(), settings.cache(), progress::measured);
    resources.push(measurer::close);
    Closure candidates = settings.store().closure(named());
    TreeNode.Directory contents = contents(candidates);
    if (arguments.runAsRoot().isPresent() || !arguments.extraCommands().isBlank()) {
      settings.store().fetch(candidates.paths());
    }
    Optional<NixDatabaseFiles> database = Optional.empty();
    if (arguments.includeNixDb()) {
      database = Optional.of(database(below));
      contents = withDatabase(database.get(), contents, candidates);
    }
    boolean changed = true;
    if (arguments.runAsRoot().isPresent()) {
      contents = left(arguments.runAsRoot().get(), contents, below, candidates, measurer);
    } else if (!arguments.extraCommands().isBlank()) {
      contents = left(contents, measurer);
    } else {
      changed = false;
    }
    if (database.isPresent()) {
      NixDatabaseFiles.Completed complete = database.get().complete(contents, candidates, measurer);
      contents = complete.tree();
      candidates = complete.held();
      changed = true;
    }

    Appendix appendix = new Appendix(candidates, below, contents, changed);
    TreeLayer beginning = beginning(contents);
    Layer layer = measurer.measure(beginning, appendix.beginning(), appendix::recipe);
    LayerDocument document =
        documents.layer(
            appendix.checksum(),
            base.map(found -> found.image().config().digest()),
            layer.tar().size());
    return new PlainImage(
        new Parameters(
            arguments.imageName(), arguments.tag(), documents, settings.sourceDateEpoch()),
        base,
        new TopLayer(
            layer,
            document,
            appendix.paths(),
            new PlainImage.Beginning(
                tar -> measurer.measure(beginning, tar),
                documents.unnamedLayer(appendix.checksum()))),
        resources);
  }

  private NixDatabaseFiles database(List<ArchivedLayer> below) throws IOException {
    boolean asRoot = arguments.runAsRoot().isPresent();
    return new NixDatabaseFiles(
        settings,
        arguments.name(),
        progress,
        resources,
        below,
        true,
        asRoot
            ? new NixDatabaseFiles.Owner(0, 0)
            : new NixDatabaseFiles.Owner(arguments.uid(), arguments.gid()));
  }

  private TreeNode.Directory withDatabase(
      NixDatabaseFiles database, TreeNode.Directory contents, Closure candidates)
      throws IOException {
    ReferenceScanner scanner = new ReferenceScanner(candidates.paths());
    scanner.write(ByteBuffer.wrap(JqJson.write(arguments.config())));
    Set<StorePath> roots = scanner.found();
    List<String> links = NixDatabaseFiles.roots(arguments.rootContents(), roots);
    for (String item : arguments.rootContents()) {
      roots.add(tools.object(item));
    }
    return database.add(contents, candidates.closure(roots), links);
  }

  /** The store paths that the arguments name, wherever they do. */
  private Set<StorePath> named() throws IOException {
    Set<StorePath> paths = new TreeSet<>();
    for (String item : arguments.rootContents()) {
      paths.add(tools.object(item));
    }
    NamedPaths texts = new NamedPaths(settings.store());
    String config = new String(JqJson.write(arguments.config()), StandardCharsets.UTF_8);
    paths.addAll(texts.in(config));
    paths.addAll(texts.in(arguments.extraCommands()));
    paths.addAll(texts.in(arguments.runAsRoot().orElse("")));
    paths.addAll(texts.in(settings.scripts().shell()));
    for (String folder : settings.scripts().path()) {
      paths.addAll(texts.in(folder));
    }
    return paths;
  }

  /** The contents as they are copied over one another. */
  private TreeNode.Directory contents(Closure candidates) throws IOException {
    for (String content : arguments.rootContents()) {
      settings.store().prefetch(List.of(tools.object(content)));
    }
    CopyJoin join =
        new CopyJoin(
            settings.store().storeDir(),
            path -> located(path, candidates),
            arguments.keepContentsDirlinks()
                ? CopyJoin.DirectoryLinks.KEPT
                : CopyJoin.DirectoryLinks.COPIED,
            arguments.runAsRoot().isPresent() ? 0 : arguments.uid(),
            arguments.runAsRoot().isPresent() ? 0 : arguments.gid(),
            progress::warning);
    return join.join(arguments.rootContents());
  }

  /** Where an object lies that links may lead to: what else is in the store changes nothing. */
  private Path located(String path, Closure candidates) throws IOException {
    try {
      StorePath object = StorePath.parse(settings.store().storeDir(), path);
      if (candidates.get(object).isPresent()) {
        settings.store().fetch(List.of(object));
        return settings.store().locate(object);
      }
    } catch (IllegalArgumentException e) {
      // No store path, so no object either.
    }
    throw new NoSuchFileException(path);
  }

  /** What the script has left of the contents. */
  private TreeNode.Directory left(TreeNode.Directory contents, LayerMeasurer measurer)
      throws IOException, InterruptedException {
    TreeLayer tree = new TreeLayer(contents, settings.sourceDateEpoch());
    LayerScripts scripts = new LayerScripts(settings, progress, resources);
    return scripts.run(
        "extraCommands of image '" + arguments.name() + "'",
        arguments.extraCommands(),
        tar -> measurer.measure(tree, tar),
        arguments.uid(),
        arguments.gid());
  }

  /** What the script that runs as root has left of the contents above the base. */
  private TreeNode.Directory left(
      String text,
      TreeNode.Directory contents,
      List<ArchivedLayer> below,
      Closure candidates,
      LayerMeasurer measurer)
      throws IOException, InterruptedException {
    TreeNode.Directory before =
        arguments.rootContents().isEmpty()
            ? new TreeNode.Directory(EMPTY_MODE, 0, 0, contents.children())
            : contents;
    TreeLayer tree = new TreeLayer(before, settings.sourceDateEpoch());
    LayerScripts scripts = new LayerScripts(settings, progress, resources);
    Optional<Script> afterwards =
        arguments.extraCommands().isBlank()
            ? Optional.empty()
            : Optional.of(
                scripts.script(
                    "extraCommands of image '" + arguments.name() + "'",
                    arguments.extraCommands()));
    return scripts.runAsRoot(
        "runAsRoot of image '" + arguments.name() + "'",
        text,
        new View.Above(below.stream().map(ArchivedLayer::layer).toList()),
        tar -> measurer.measure(tree, tar),
        afterwards,
        candidates,
        OptionalLong.of(arguments.diskSize() << MIB),
        OptionalLong.of(arguments.buildVMMemorySize() << MIB));
  }

  private TreeLayer beginning(TreeNode.Directory contents) {
    // The original's virtual machine knows a user called root, but no group.
    TarDialect.Gnu dialect =
        arguments.runAsRoot().isPresent() ? TarDialect.GNU_NO_GROUPS : TarDialect.GNU;
    return new TreeLayer(contents, dialect, settings.sourceDateEpoch());
  }

  /**
   * What is appended to the layer. The layer's beginning is summed, and searched for references, on
   * a thread of its own while it is measured.
   */
  private final class Appendix {
    private final Closure candidates;
    private final List<ArchivedLayer> below;
    private final TreeNode.Directory contents;
    private final ReferenceScanner scanner;
    private final TarSumChannel sum;
    private String checksum = "";
    private List<String> paths = List.of();

    /**
     * @param changed whether a script has changed the contents
     */
    Appendix(
        Closure candidates,
        List<ArchivedLayer> below,
        TreeNode.Directory contents,
        boolean changed) {
      this.candidates = candidates;
      this.below = below;
      this.contents = contents;
      this.scanner = new ReferenceScanner(candidates.paths());
      boolean scanned = changed || !holdsNoReference(candidates);
      this.sum = new TarSumChannel("the layer", scanned ? scanner::write : _ -> {});
      resources.push(sum);
    }

    /** What gets all bytes of the layer's beginning. */
    WritableByteChannel beginning() {
      return sum;
    }

    /** The closure of what was found, less what is there already. */
    LayerRecipe recipe() throws IOException {
      checksum = sum.sum();
      scanner.write(ByteBuffer.wrap(documents.unnamedLayer(checksum)));
      Closure closure = candidates.closure(scanner.found());
      String storeDir = settings.store().storeDir();
      LayerPaths present = present(closure);
      settings.store().fetch(closure.paths());
      List<StoreLayer.Root> roots = new ArrayList<>();
      for (PathInfo info : closure) {
        roots.add(
            new StoreLayer.Root(info.path().toString(), settings.store().locate(info.path())));
      }
      paths =
          roots.stream()
              .map(StoreLayer.Root::archivePath)
              .filter(path -> !present.contains(RawName.of(path.substring(1))))
              .toList();
      boolean withStoreDir =
          closure.size() > 0 && !present.contains(RawName.of(storeDir.substring(1)));
      return new ClosureLayer(
          storeDir, withStoreDir, roots, present::contains, settings.sourceDateEpoch());
    }

    /** Which of a closure's files the base and the layer's beginning have. */
    private LayerPaths present(Closure closure) throws IOException {
      Predicate<RawName> wanted = new StoreFiles(settings.store().storeDir(), closure);
      LayerPaths present = new LayerPaths(wanted);
      if (closure.size() > 0) {
        for (ArchivedLayer layer : below) {
          try (InputStream tar = layer.open()) {
            present.add(new TarReader(tar, layer.memberName()));
          }
        }
        present.add(contents);
      }
      return present;
    }

    String checksum() {
      return checksum;
    }

    /** The store paths that are appended. */
    List<String> paths() {
      return paths;
    }
  }

  /**
   * Whether none of these can be referred to by their own files: if there is only one, and its path
   * is a digest of what it holds, it cannot hold that path.
   */
  private static boolean holdsNoReference(Closure candidates) {
    for (PathInfo info : candidates) {
      if (info.contentAddress().isEmpty() || info.references().contains(info.path())) {
        return false;
      }
    }
    return candidates.size() <= 1;
  }

  /** Whether a path is on the way to a closure's members, or one of them, or in one. */
  private record StoreFiles(String storeDir, Set<String> baseNames) implements Predicate<RawName> {
    StoreFiles(String storeDir, Closure closure) {
      Set<String> names = new HashSet<>();
      closure.paths().forEach(path -> names.add(path.baseName()));
      this(storeDir.substring(1), names);
    }

    @Override
    public boolean test(RawName path) {
      String text = path.toString();
      if (!text.startsWith(storeDir + "/")) {
        return storeDir.equals(text) || storeDir.startsWith(text + "/");
      }
      int start = storeDir.length() + 1;
      int slash = text.indexOf('/', start);
      return baseNames.contains(text.substring(start, slash < 0 ? text.length() : slash));
    }
  }
}
