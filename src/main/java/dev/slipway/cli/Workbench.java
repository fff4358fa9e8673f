package dev.slipway.cli;

import dev.slipway.build.ArchiveUnpacker;
import dev.slipway.build.NamedPaths;
import dev.slipway.build.NixShellArguments;
import dev.slipway.cli.imagefile.HelperName;
import dev.slipway.cli.imagefile.ImageFile;
import dev.slipway.cli.imagefile.ImageFileException;
import dev.slipway.cli.imagefile.PathArgument;
import dev.slipway.cli.imagefile.Position;
import dev.slipway.cli.imagefile.Reference;
import dev.slipway.cli.imagefile.StoreObjectSpec;
import dev.slipway.cli.imagefile.Template;
import dev.slipway.cli.imagefile.Tool;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Platform;
import dev.slipway.store.StorePath;
import dev.slipway.store.Stores;
import dev.slipway.store.TrivialBuilders;
import dev.slipway.transport.ImageLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an image file's images are made from: its store objects, the local files it names and the
 * helpers, each added to the store when it is first asked for; and the archives of its images.
 */
final class Workbench {
  private final ImageFile file;
  private final Stores.ForBuild stores;
  private final Session session;
  private final Map<ImageFile.StoreObject, StorePath> objects = new HashMap<>();
  private final Map<Path, StorePath> localPaths = new HashMap<>();
  private final Map<HelperName, StorePath> helpers = new EnumMap<>(HelperName.class);
  private final Map<ImageFile.Target, Path> archives = new HashMap<>();
  private final Packages packages;
  private Platform platform;

  Workbench(ImageFile file, Stores.ForBuild stores, Packages packages, Session session) {
    this.file = file;
    this.stores = stores;
    this.packages = packages;
    this.session = session;
    this.platform = file.host();
  }

  /** Adds the store object of this name; what it refers to must have been added before. */
  void addObject(ImageFile.StoreObject object) throws IOException, InterruptedException {
    StoreObjectSpec spec = file.paths().get(object.name());
    if (spec == null) {
      throw new IllegalArgumentException("no store object " + object.name());
    }
    object.platform().ifPresent(this::on);
    if (!objects.containsKey(object)) {
      objects.put(object, make(object.name(), spec));
    }
  }

  /** From now on names of store objects stand for those for this platform. */
  void on(Platform wanted) {
    platform = wanted;
  }

  /** Makes the archive of an image known to what is built upon it. */
  void addArchive(ImageFile.Target image, Path archive) {
    archives.put(image, archive);
  }

  private StorePath make(String key, StoreObjectSpec spec)
      throws IOException, InterruptedException {
    return switch (spec) {
      case StoreObjectSpec.WriteText(_, var name, var text) -> {
        String content = text(text);
        yield builders(content).writeText(text(name), content);
      }
      case StoreObjectSpec.WriteTextDir(_, var path, var text) -> {
        String content = text(text);
        yield builders(content).writeTextDir(text(path), content);
      }
      case StoreObjectSpec.WriteScript(_, var name, var text) -> {
        String content = text(text);
        yield builders(content).writeScript(text(name), content);
      }
      case StoreObjectSpec.WriteScriptBin(_, var name, var text) -> {
        String content = text(text);
        yield builders(content).writeScriptBin(text(name), content);
      }
      case StoreObjectSpec.WriteShellScriptBin(var at, var name, var text) -> {
        String content = text(text);
        String shell = required(Tool.RUNTIME_SHELL, at, "writeShellScriptBin");
        yield builders(content + "\n" + shell).writeShellScriptBin(text(name), content, shell);
      }
      case StoreObjectSpec.ShellScript(var at, var name, var text) -> {
        String content = text(text);
        String shell = required(Tool.RUNTIME_SHELL, at, "shellScript");
        String coreutils = required(Tool.COREUTILS, at, "shellScript");
        yield builders(content + "\n" + shell + "\n" + coreutils)
            .shellScript(text(name), content, shell, coreutils);
      }
      case StoreObjectSpec.SymlinkJoin(_, var name, var paths) ->
          builders("").symlinkJoin(text(name), storePaths(paths));
      case StoreObjectSpec.BuildEnv(_, var name, var paths, var pathsToLink) ->
          builders("").buildEnv(text(name), storePaths(paths), texts(pathsToLink));
      case StoreObjectSpec.MergeDrvs(_, var derivations, var onlyDeps) ->
          merge(storePaths(derivations), onlyDeps);
      case StoreObjectSpec.Local(var at, var path, var name) -> local(at, path, name);
      case StoreObjectSpec.FakeNss(_, var passwdLines, var groupLines) -> {
        List<String> passwd = texts(passwdLines);
        List<String> group = texts(groupLines);
        String all = String.join("\n", passwd) + "\n" + String.join("\n", group);
        yield builders(all).fakeNss(passwd, group);
      }
      case StoreObjectSpec.Deb deb -> packages.add(key, deb, platform, stores);
      case StoreObjectSpec.ShadowSetup(var at) -> {
        String script =
            TrivialBuilders.shadowSetup(
                required(Tool.SHADOW, at, "shadowSetup"),
                required(Tool.RUNTIME_SHELL, at, "shadowSetup"));
        yield builders(script).writeScript(key, script);
      }
      case StoreObjectSpec.Helper(var at, var helper, var linked) ->
          linked.isPresent() ? helper(at, helper, storePath(linked.get())) : helper(at, helper);
    };
  }

  private StorePath merge(List<String> derivations, boolean onlyDeps)
      throws IOException, InterruptedException {
    if (onlyDeps) {
      return builders("").onlyDeps(derivations);
    }
    try (ArchiveUnpacker unpacker = new ArchiveUnpacker(session.temporaryFiles().folder())) {
      return builders("").mergeDrvs(derivations, unpacker);
    }
  }

  /** Builders whose objects may refer to what {@code text} names. */
  private TrivialBuilders builders(String text) throws IOException {
    Set<StorePath> named = new NamedPaths(stores.all()).in(text);
    return new TrivialBuilders(stores.own(), stores.all(), stores.all().closure(named).paths());
  }

  private StorePath local(Position at, PathArgument path, Optional<Template> name)
      throws IOException {
    if (!(path instanceof PathArgument.LocalPath source)) {
      throw new ImageFileException(at, "path: expected a file or directory of this machine");
    }
    return name.isEmpty() ? added(source) : add(source, text(name.get()));
  }

  private StorePath added(PathArgument.LocalPath source) throws IOException {
    StorePath known = localPaths.get(source.path());
    if (known == null) {
      Path name = source.path().getFileName();
      known = add(source, name == null ? "" : name.toString());
      localPaths.put(source.path(), known);
    }
    return known;
  }

  private StorePath add(PathArgument.LocalPath source, String name) throws IOException {
    refuseMissing(source);
    String fault = StorePath.nameFault(name);
    if (fault != null) {
      throw new ImageFileException(
          source.at(), source.written() + ": cannot be a store object: " + fault);
    }
    return stores.own().addPath(name, source.path());
  }

  private static void refuseMissing(PathArgument.LocalPath source) throws ImageFileException {
    if (!Files.exists(source.path())) {
      throw new ImageFileException(source.at(), source.written() + ": no such file or directory");
    }
  }

  private StorePath helper(Position at, HelperName helper) throws IOException {
    StorePath known = helpers.get(helper);
    if (known == null) {
      Optional<Tool> tool = helper.tool();
      known =
          tool.isEmpty()
              ? builders("").fakeNss(List.of(), List.of())
              : helper(at, helper, linked(tool.get(), at, helper.word()));
      helpers.put(helper, known);
    }
    return known;
  }

  private StorePath helper(Position at, HelperName helper, String linked) throws IOException {
    return switch (helper) {
      case BIN_SH -> builders("").binSh(linked);
      case USR_BIN_ENV -> builders("").usrBinEnv(linked);
      case CA_CERTIFICATES -> builders("").caCertificates(linked);
      case FAKE_NSS -> throw new ImageFileException(at, "fakeNss links to no package");
    };
  }

  private String linked(Tool tool, Position at, String what) throws IOException {
    if (tool != Tool.CACERT || file.tool(tool).isPresent()) {
      return required(tool, at, what);
    }
    Optional<Path> bundle = session.environment().certificates();
    if (bundle.isEmpty()) {
      throw new ImageFileException(
          at, what + " needs tools." + tool.key() + ", since this machine has no certificates");
    }
    return builders("").cacert(bundle.get()).toString();
  }

  private String required(Tool tool, Position at, String what) throws IOException {
    Optional<PathArgument> path = file.tool(tool);
    if (path.isEmpty()) {
      throw new ImageFileException(at, what + " needs tools." + tool.key());
    }
    return storePath(path.get());
  }

  /**
   * The packages that images of shells are made with.
   *
   * @param at where the image stands
   * @param what the function that makes it
   */
  NixShellArguments.Packages shellPackages(Position at, String what) throws IOException {
    return new NixShellArguments.Packages(
        required(Tool.BASH_INTERACTIVE, at, what),
        required(Tool.COREUTILS, at, what),
        linked(Tool.CACERT, at, what),
        required(Tool.RUNTIME_SHELL, at, what));
  }

  /** The text that {@code template} stands for. */
  String text(Template template) throws IOException {
    return template.render(this::resolve);
  }

  private List<String> texts(List<Template> templates) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Template template : templates) {
      texts.add(text(template));
    }
    return texts;
  }

  /** The store path that stands for a reference within a text. */
  String resolve(Reference reference) throws IOException {
    return switch (reference.kind()) {
      case PATHS -> object(reference.name()).toString();
      case IMAGES ->
          throw new ImageException(
              "${{ " + reference + " }} within a text or a script is not supported yet");
    };
  }

  private StorePath object(String name) {
    StorePath path = objects.get(file.storeObject(name, platform));
    if (path == null) {
      throw new IllegalStateException("store object " + name + " is not made yet");
    }
    return path;
  }

  /** The logical path of something in the store; what is not there yet is added. */
  String storePath(PathArgument argument) throws IOException {
    return switch (argument) {
      case PathArgument.StoreObject(_, var path, var inside) -> path + inside;
      case PathArgument.LocalPath local -> added(local).toString();
      case PathArgument.Helper(var at, var name) -> helper(at, name).toString();
      case PathArgument.Image(var at, _, var written) ->
          throw new ImageFileException(at, written + ": an image, expected a file or directory");
      case PathArgument.Defined(_, var reference, var inside) -> resolve(reference) + inside;
    };
  }

  List<String> storePaths(List<PathArgument> arguments) throws IOException {
    List<String> paths = new ArrayList<>();
    for (PathArgument argument : arguments) {
      paths.add(storePath(argument));
    }
    return paths;
  }

  /**
   * Where the image that {@code argument} names lies on this machine.
   *
   * @param platform what the image is for that is made from it
   */
  ImageLocation archive(PathArgument argument, Platform platform) throws IOException {
    return argument instanceof PathArgument.Image(var at, var location, var written)
        ? image(at, location, written)
        : ImageLocation.of(file(argument, platform));
  }

  /**
   * What a stream configuration calls the archive that {@code argument} names: its path in the
   * store, whose files may lie elsewhere, or its place on this machine.
   *
   * @throws ImageFileException if it is one of several images in a file, which a path cannot say
   */
  String archiveName(PathArgument argument, Platform platform) throws IOException {
    return switch (argument) {
      case PathArgument.StoreObject object -> storePath(object);
      case PathArgument.Defined(_, var reference, _)
          when reference.kind() == Reference.Kind.PATHS ->
          storePath(argument);
      case PathArgument.Image(var at, var location, var written)
          when !location.equals(ImageLocation.of(location.path())) ->
          throw new ImageFileException(
              at, written + ": a plan takes a path alone for the image that it is built upon");
      default -> archive(argument, platform).path().toAbsolutePath().toString();
    };
  }

  private static ImageLocation image(Position at, ImageLocation location, String written)
      throws ImageFileException {
    if (!Files.exists(location.path())) {
      throw new ImageFileException(at, written + ": no such file or directory");
    }
    return location;
  }

  private Path file(PathArgument argument, Platform platform) throws IOException {
    return switch (argument) {
      case PathArgument.StoreObject(_, var path, var inside) -> {
        if (stores.all().hasDatabase() && stores.all().query(path).isEmpty()) {
          throw new ImageException("'" + path + "' is not valid in the store");
        }
        yield located(path, inside);
      }
      case PathArgument.LocalPath local -> {
        refuseMissing(local);
        yield local.path();
      }
      case PathArgument.Helper(var at, var name) ->
          throw new ImageFileException(at, name.word() + " is no image");
      case PathArgument.Image image -> image.location().path();
      case PathArgument.Defined(var at, var reference, var inside) ->
          switch (reference.kind()) {
            case PATHS -> located(object(reference.name()), inside);
            case IMAGES -> {
              Path archive = archives.get(file.builtUponBy(platform, reference.name()));
              if (archive == null || !inside.isEmpty()) {
                throw new ImageFileException(at, "${{ " + reference + " }} is a single file");
              }
              yield archive;
            }
          };
    };
  }

  private Path located(StorePath path, String inside) throws IOException {
    stores.all().fetch(Set.of(path));
    Path location = stores.all().locate(path);
    return inside.isEmpty() ? location : location.resolve(inside.substring(1));
  }

  /**
   * What scripts call a tool: a path in the store, or one of this machine as it is.
   *
   * @return empty if the image file names none
   */
  Optional<String> toolForScripts(Tool tool) throws IOException {
    Optional<PathArgument> path = file.tool(tool);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        path.get() instanceof PathArgument.LocalPath local
            ? local.path().toString()
            : storePath(path.get()));
  }
}
