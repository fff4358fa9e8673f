package dev.slipway.cli.imagefile;

import dev.slipway.layer.Compression;
import dev.slipway.oci.message.Nearest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The functions of dockerTools that make images: their names, arguments and defaults are those of
 * nixpkgs ({@code pkgs/build-support/docker/default.nix}).
 *
 * @param paths reads path arguments
 */
record ImageFunctions(PathArguments paths) {
  static final List<String> NAMES =
      List.of(
          "buildImage",
          "buildLayeredImage",
          "streamLayeredImage",
          "buildImageWithNixDb",
          "buildLayeredImageWithNixDb",
          "pullImage",
          "mergeImages",
          "exportImage",
          "streamNixShellImage",
          "buildNixShellImage");

  private static final List<String> STREAM_LAYERED =
      List.of(
          "name",
          "tag",
          "fromImage",
          "contents",
          "config",
          "architecture",
          "created",
          "mtime",
          "uid",
          "gid",
          "uname",
          "gname",
          "maxLayers",
          "extraCommands",
          "fakeRootCommands",
          "enableFakechroot",
          "includeStorePaths",
          "includeNixDB",
          "layering",
          "layeringPipeline",
          "debug",
          "passthru",
          "meta");

  private static final List<String> BUILD_LAYERED = with(STREAM_LAYERED, "compressor");

  private static final List<String> BUILD =
      List.of(
          "name",
          "tag",
          "fromImage",
          "fromImageName",
          "fromImageTag",
          "copyToRoot",
          "contents",
          "keepContentsDirlinks",
          "config",
          "architecture",
          "created",
          "uid",
          "gid",
          "extraCommands",
          "runAsRoot",
          "diskSize",
          "buildVMMemorySize",
          "includeNixDB",
          "compressor",
          "meta");

  private static final List<String> PULL =
      List.of(
          "imageName",
          "imageDigest",
          "hash",
          "sha256",
          "outputHash",
          "os",
          "arch",
          "finalImageName",
          "finalImageTag",
          "tlsVerify",
          "name");

  private static final List<String> EXPORT =
      List.of("name", "fromImage", "fromImageName", "fromImageTag", "diskSize");

  private static final List<String> STREAM_NIX_SHELL =
      List.of("drv", "name", "tag", "uid", "gid", "homeDirectory", "shell", "command", "run");

  private static final List<String> BUILD_NIX_SHELL = with(STREAM_NIX_SHELL, "compressor");

  private static List<String> with(List<String> names, String more) {
    List<String> all = new ArrayList<>(names);
    all.add(more);
    return List.copyOf(all);
  }

  /**
   * The call of {@code function}, which stands at {@code at}, with the arguments in {@code node}.
   */
  ImageSpec read(String function, Position at, Node node, Definition definition)
      throws ImageFileException {
    // Scripts run under the one and with the other.
    definition.use(Tool.RUNTIME_SHELL);
    definition.use(Tool.COREUTILS);
    List<String> known =
        switch (function) {
          case "buildImage", "buildImageWithNixDb" -> BUILD;
          case "buildLayeredImage", "buildLayeredImageWithNixDb" -> BUILD_LAYERED;
          case "streamLayeredImage" -> STREAM_LAYERED;
          case "pullImage" -> PULL;
          case "exportImage" -> EXPORT;
          case "streamNixShellImage" -> STREAM_NIX_SHELL;
          case "buildNixShellImage" -> BUILD_NIX_SHELL;
          case "mergeImages" -> List.<String>of();
          default ->
              throw new ImageFileException(
                  at, "no function '" + function + "'" + Nearest.hint(function, NAMES));
        };
    if (function.equals("mergeImages")) {
      return merge(at, node, definition);
    }
    Arguments arguments = new Arguments(function, at, node, known, paths, definition);
    return switch (function) {
      case "buildImage", "buildImageWithNixDb" -> plain(function, arguments);
      case "pullImage" -> pull(arguments);
      case "exportImage" -> export(arguments);
      case "streamNixShellImage", "buildNixShellImage" -> {
        definition.use(Tool.BASH_INTERACTIVE);
        definition.use(Tool.CACERT);
        yield nixShell(function, arguments);
      }
      default -> layered(function, arguments);
    };
  }

  private ImageSpec layered(String function, Arguments arguments) throws ImageFileException {
    arguments.object("passthru");
    arguments.object("meta");
    return new ImageSpec.Layered(
        arguments.at(),
        function,
        arguments.requiredText("name"),
        tag(arguments),
        arguments.path("fromImage"),
        arguments.paths("contents"),
        arguments.object("config"),
        arguments.word("architecture"),
        arguments.time("created").orElse(CreatedTime.DEFAULT),
        arguments.time("mtime"),
        arguments.id("uid", 0),
        arguments.id("gid", 0),
        arguments.text("uname", "root"),
        arguments.text("gname", "root"),
        (int) arguments.whole("maxLayers", 100, 2, Integer.MAX_VALUE),
        arguments.text("extraCommands", ""),
        arguments.text("fakeRootCommands", ""),
        arguments.flag("enableFakechroot", false),
        arguments.flag("includeStorePaths", true),
        withNixDb(function, arguments),
        layering(arguments),
        arguments.flag("debug", false),
        function.equals("streamLayeredImage") ? Compression.NONE : arguments.compressor());
  }

  private static boolean withNixDb(String function, Arguments arguments) throws ImageFileException {
    boolean asked = arguments.flag("includeNixDB", false);
    return asked || function.endsWith("WithNixDb");
  }

  /** An empty tag is taken for none: no reference could end in a colon. */
  private static Optional<Template> tag(Arguments arguments) throws ImageFileException {
    Optional<Template> tag = arguments.text("tag");
    if (tag.isPresent() && tag.get().isEmpty()) {
      throw new ImageFileException(
          tag.get().at(), "tag: expected a tag, or null for one that follows from the content");
    }
    return tag;
  }

  private static Layering layering(Arguments arguments) throws ImageFileException {
    Optional<JsonTemplate> pipeline = arguments.list("layeringPipeline");
    if (pipeline.isPresent()) {
      if (arguments.has("layering")) {
        throw new ImageFileException(
            arguments.positionOf("layering"), "layering: expected nothing beside layeringPipeline");
      }
      return new Layering.Pipeline(pipeline.get());
    }
    String word = arguments.word("layering", "popularity");
    return switch (word) {
      case "popularity" -> new Layering.Popularity();
      case "size" -> new Layering.Size();
      default ->
          throw new ImageFileException(
              arguments.positionOf("layering"),
              "layering: expected popularity or size, found '" + word + "'");
    };
  }

  private ImageSpec plain(String function, Arguments arguments) throws ImageFileException {
    if (arguments.has("contents") && arguments.has("copyToRoot")) {
      throw new ImageFileException(
          arguments.positionOf("contents"),
          "contents is the old name of copyToRoot: give only one");
    }
    arguments.object("meta");
    return new ImageSpec.Plain(
        arguments.at(),
        function,
        arguments.requiredText("name"),
        tag(arguments),
        arguments.path("fromImage"),
        arguments.text("fromImageName"),
        arguments.text("fromImageTag"),
        arguments.paths("copyToRoot"),
        arguments.paths("contents"),
        arguments.flag("keepContentsDirlinks", false),
        arguments.objectOrNull("config"),
        arguments.word("architecture"),
        arguments.time("created").orElse(CreatedTime.DEFAULT),
        arguments.id("uid", 0),
        arguments.id("gid", 0),
        arguments.text("extraCommands", ""),
        arguments.text("runAsRoot"),
        arguments.whole("diskSize", 1024, 1, Integer.MAX_VALUE),
        arguments.whole("buildVMMemorySize", 512, 1, Integer.MAX_VALUE),
        withNixDb(function, arguments),
        arguments.compressor());
  }

  private ImageSpec pull(Arguments arguments) throws ImageFileException {
    Template imageName = arguments.requiredText("imageName");
    List<String> given =
        List.of("hash", "sha256", "outputHash").stream().filter(arguments::has).toList();
    if (given.size() != 1) {
      throw new ImageFileException(
          arguments.at(),
          "pullImage needs exactly one of hash and sha256, found "
              + (given.isEmpty() ? "none" : String.join(" and ", given)));
    }
    return new ImageSpec.Pull(
        arguments.at(),
        imageName,
        arguments.requiredText("imageDigest"),
        arguments.requiredText(given.getFirst()),
        arguments.word("os"),
        arguments.word("arch"),
        arguments.text("finalImageName").orElse(imageName),
        arguments.text("finalImageTag", "latest"),
        arguments.flag("tlsVerify", true),
        arguments.text("name"));
  }

  private ImageSpec merge(Position at, Node node, Definition definition) throws ImageFileException {
    if (!(node instanceof Node.Sequence)) {
      throw Arguments.wrong(node, "mergeImages", "a list of images");
    }
    Arguments none =
        new Arguments("mergeImages", at, new Node.Null(at), List.of(), paths, definition);
    List<PathArgument> images = none.paths("mergeImages", node);
    if (images.isEmpty()) {
      throw new ImageFileException(node.at(), "mergeImages: expected at least one image");
    }
    return new ImageSpec.Merge(at, images);
  }

  private static ImageSpec export(Arguments arguments) throws ImageFileException {
    return new ImageSpec.Export(
        arguments.at(),
        arguments.text("name"),
        arguments.requiredPath("fromImage"),
        arguments.text("fromImageName"),
        arguments.text("fromImageTag"),
        arguments.whole("diskSize", 1024, 1, Integer.MAX_VALUE));
  }

  private static ImageSpec nixShell(String function, Arguments arguments)
      throws ImageFileException {
    if (arguments.has("command") && arguments.has("run")) {
      throw new ImageFileException(
          arguments.positionOf("run"), "run: expected nothing beside command");
    }
    boolean stream = function.equals("streamNixShellImage");
    return new ImageSpec.NixShell(
        arguments.at(),
        function,
        arguments.isMapping("drv")
            ? new ImageSpec.Drv.Attributes(arguments.object("drv"))
            : new ImageSpec.Drv.File(arguments.requiredPath("drv")),
        arguments.text("name"),
        tag(arguments),
        arguments.id("uid", 1000),
        arguments.id("gid", 1000),
        arguments.text("homeDirectory", "/build"),
        arguments.text("shell"),
        arguments.text("command"),
        arguments.text("run"),
        stream ? Compression.NONE : arguments.compressor());
  }
}
