package dev.slipway.build;

import dev.slipway.build.LayeredImage.Parameters;
import dev.slipway.build.LayeredImage.PendingCustomisation;
import dev.slipway.files.RawName;
import dev.slipway.layer.Futures;
import dev.slipway.layer.Layer;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.LinkJoin;
import dev.slipway.layer.PendingLayer;
import dev.slipway.layer.StoreLayer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.layering.LayerBudget;
import dev.slipway.layering.LayeringInput;
import dev.slipway.oci.JsonObject;
import dev.slipway.oci.JsonValue;
import dev.slipway.oci.PythonJson;
import dev.slipway.sandbox.View;
import dev.slipway.store.Closure;
import dev.slipway.store.Nar;
import dev.slipway.store.NarNode;
import dev.slipway.store.ReferenceScanner;
import dev.slipway.store.StorePath;
import dev.slipway.store.StorePaths;
import dev.slipway.transport.ArchivedLayer;
import dev.slipway.transport.DockerArchive;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;

/**
 * Plans a layered image from its arguments: joins the contents into the customisation layer, finds
 * what config and layer refer to, and cuts the closure of that into layers.
 */
final class LayeredImagePlanner {
  private final DockerTools tools;
  private final DockerTools.Settings settings;
  private final LayeredImageArguments arguments;
  private final Progress progress;
  private final Optional<Extras> extras;

  /**
   * What an image holds that no argument says.
   *
   * @param candidates the store paths that config and contents may refer to; what else they name is
   *     no reference
   * @param inputs the store paths that are in the image even if nothing refers to them
   * @param folders directories of its root, whose owner is
   * @param uid a user of this number
   * @param gid and a group of this
   */
  record Extras(
      Set<StorePath> candidates, Set<StorePath> inputs, List<String> folders, long uid, long gid) {}

  /** What has to be closed when the image has been written, the last first. */
  private final Deque<Closeable> resources = new ArrayDeque<>();

  LayeredImagePlanner(
      DockerTools tools,
      DockerTools.Settings settings,
      LayeredImageArguments arguments,
      Optional<Extras> extras,
      Progress progress) {
    this.extras = extras;
    this.tools = tools;
    this.settings = settings;
    this.arguments = arguments;
    this.progress = progress;
  }

  LayeredImage plan() throws IOException, InterruptedException {
    arguments.check();
    boolean whole = false;
    try {
      LayeredImage image = planned();
      whole = true;
      return image;
    } finally {
      if (!whole) {
        LayeredImage.closeAll(resources);
      }
    }
  }

  private LayeredImage planned() throws IOException, InterruptedException {
    Optional<DockerArchive> base = Optional.empty();
    List<ArchivedLayer> below = List.of();
    if (arguments.fromImage().isPresent()) {
      DockerArchive archive = settings.open(arguments.fromImage().get(), arguments.platform());
      resources.push(archive);
      base = Optional.of(archive);
      below = archive.first().layers();
    }
    int budget = new LayerBudget(arguments.maxLayers(), below.size()).storeLayers();

    LayerMeasurer measurer =
        new LayerMeasurer(settings.threads(), settings.cache(), progress::measured);
    resources.push(measurer::close);
    JsonValue config =
        arguments.config() instanceof JsonObject object ? object.sorted() : arguments.config();
    byte[] configText = PythonJson.write(config);
    Closure candidates =
        settings
            .store()
            .closure(extras.isPresent() ? extras.get().candidates() : named(configText));
    Set<StorePath> configReferences = references(configText, candidates);

    Customised customised = customisation(measurer, candidates, configReferences, below);
    candidates = customised.candidates();
    ReferenceScanner scanner = new ReferenceScanner(candidates.paths());
    Layer customisation = measurer.measure(customised.layer(), scanner);
    Set<StorePath> customisationReferences = scanner.found();

    List<List<StorePath>> groups = List.of();
    if (arguments.includeStorePaths()) {
      Set<StorePath> roots = new HashSet<>(configReferences);
      roots.addAll(customisationReferences);
      addInputs(roots, configReferences, candidates);
      groups =
          arguments
              .layering()
              .partition(
                  new LayeringInput(
                      candidates.closure(roots), configReferences, customisationReferences),
                  budget);
    }
    StoreLayer.Owner owner =
        new StoreLayer.Owner(
            arguments.uid(),
            arguments.gid(),
            RawName.of(arguments.uname()),
            RawName.of(arguments.gname()));
    long mtime = arguments.mtime().orElse(arguments.created()).seconds();
    List<PendingLayer> layers = tools.measure(measurer, groups, owner, mtime);
    Parameters parameters =
        new Parameters(
            arguments.imageName(),
            arguments.tag(),
            arguments.platform(),
            config,
            arguments.created(),
            mtime,
            owner,
            settings.store().storeDir(),
            groups.stream().map(g -> g.stream().map(StorePath::toString).toList()).toList());
    return new LayeredImage(parameters, base, layers, named(customisation), resources);
  }

  /** Adds the inputs that nothing refers to, as if the config did. */
  private void addInputs(
      Set<StorePath> roots, Set<StorePath> configReferences, Closure candidates) {
    if (extras.isPresent()) {
      Closure reached = candidates.closure(roots);
      for (StorePath input : extras.get().inputs()) {
        if (reached.get(input).isEmpty()) {
          roots.add(input);
          configReferences.add(input);
        }
      }
    }
  }

  /** The store paths that the arguments name, wherever they do. */
  private Set<StorePath> named(byte[] config) throws IOException {
    Set<StorePath> paths = new TreeSet<>();
    for (String content : arguments.contents()) {
      paths.add(tools.object(content));
    }
    NamedPaths texts = new NamedPaths(settings.store());
    paths.addAll(texts.in(new String(config, StandardCharsets.US_ASCII)));
    paths.addAll(texts.in(arguments.extraCommands()));
    paths.addAll(texts.in(arguments.fakeRootCommands()));
    paths.addAll(texts.in(settings.scripts().shell()));
    for (String folder : settings.scripts().path()) {
      paths.addAll(texts.in(folder));
    }
    return paths;
  }

  private static Set<StorePath> references(byte[] text, Closure candidates) {
    ReferenceScanner scanner = new ReferenceScanner(candidates.paths());
    scanner.write(ByteBuffer.wrap(text));
    return scanner.found();
  }

  /**
   * A customisation layer.
   *
   * @param layer the layer
   * @param candidates the paths that it may refer to
   */
  private record Customised(TreeLayer layer, Closure candidates) {}

  /** The customisation layer, whose files are copied only if a script is to change them. */
  private Customised customisation(
      LayerMeasurer measurer,
      Closure candidates,
      Set<StorePath> configReferences,
      List<ArchivedLayer> below)
      throws IOException, InterruptedException {
    for (String content : arguments.contents()) {
      settings.store().prefetch(List.of(tools.object(content)));
    }
    LinkJoin join =
        new LinkJoin(
            settings.store().storeDir(), object -> tools.locate(object), progress::warning);
    TreeNode.Directory contents = join.join(arguments.contents());
    if (extras.isPresent()) {
      TreePaths paths = new TreePaths(extras.get().uid(), extras.get().gid());
      for (String folder : extras.get().folders()) {
        contents = paths.folder(contents, folder);
      }
    }
    if (!arguments.includeNixDb()) {
      return new Customised(layer(scripted(contents, measurer, candidates)), candidates);
    }
    NixDatabaseFiles database =
        new NixDatabaseFiles(
            settings,
            arguments.name(),
            progress,
            resources,
            below,
            false,
            new NixDatabaseFiles.Owner(0, 0));
    Set<StorePath> roots = new HashSet<>(configReferences);
    for (String content : arguments.contents()) {
      roots.add(tools.object(content));
    }
    TreeNode.Directory left =
        scripted(
            database.add(
                contents,
                candidates.closure(roots),
                NixDatabaseFiles.roots(arguments.contents(), configReferences)),
            measurer,
            candidates);
    NixDatabaseFiles.Completed complete = database.complete(left, candidates, measurer);
    return new Customised(layer(complete.tree()), complete.held());
  }

  private TreeLayer layer(TreeNode.Directory tree) {
    return new TreeLayer(tree, settings.sourceDateEpoch());
  }

  /** What the scripts have left of {@code contents}. */
  private TreeNode.Directory scripted(
      TreeNode.Directory contents, LayerMeasurer measurer, Closure candidates)
      throws IOException, InterruptedException {
    LayerScripts scripts = new LayerScripts(settings, progress, resources);
    if (!arguments.extraCommands().isBlank() || !arguments.fakeRootCommands().isBlank()) {
      settings.store().fetch(candidates.paths());
    }
    TreeNode.Directory tree = contents;
    if (!arguments.extraCommands().isBlank()) {
      tree =
          scripts.run(
              "extraCommands of image '" + arguments.name() + "'",
              arguments.extraCommands(),
              tar -> measurer.measure(layer(contents), tar),
              0,
              0);
    }
    if (arguments.fakeRootCommands().isBlank()) {
      return tree;
    }
    TreeLayer beginning = layer(tree);
    return scripts.runAsRoot(
        "fakeRootCommands of image '" + arguments.name() + "'",
        arguments.fakeRootCommands(),
        arguments.enableFakechroot() ? new View.Inside() : new View.Beside(),
        tar -> measurer.measure(beginning, tar),
        Optional.empty(),
        candidates,
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  /**
   * A customisation layer with the store path that Nix would give it, which takes a while to find.
   */
  private PendingCustomisation named(Layer layer) {
    FutureTask<String> name = new FutureTask<>(() -> customisationPath(layer).toString());
    Thread finder = Thread.ofPlatform().daemon().name("slipway-customisation").start(name);
    resources.push(() -> {
      finder.interrupt();
    });
    return new PendingCustomisation() {
      @Override
      public Layer layer() {
        return layer;
      }

      @Override
      public String name() throws IOException {
        return Futures.await(name);
      }
    };
  }

  private StorePath customisationPath(Layer layer) throws IOException {
    byte[] checksum = (layer.diffId().value().hex() + "\n").getBytes(StandardCharsets.US_ASCII);
    TreeMap<RawName, NarNode> entries = new TreeMap<>();
    entries.put(
        RawName.of("checksum"),
        new NarNode.Regular(checksum.length, false, out -> out.write(ByteBuffer.wrap(checksum))));
    entries.put(
        RawName.of("layer.tar"),
        new NarNode.Regular(layer.tar().size(), false, layer.tar()::writeTo));
    return StorePaths.fixedRecursive(
        settings.store().storeDir(),
        arguments.customisationName(),
        Nar.hash(new NarNode.Directory(entries)).digest(),
        Set.of(),
        false);
  }
}
