package dev.slipway.cli.imagefile;

import dev.slipway.debian.DebianRequest;
import dev.slipway.oci.message.Nearest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The trivial builders: their names, arguments and defaults are those of nixpkgs.
 *
 * @param paths reads path arguments
 */
record TrivialBuilders(PathArguments paths) {
  private static final Pattern DEBIAN_NAME = Pattern.compile("[a-z0-9][a-z0-9.+-]+");
  private static final Pattern DEBIAN_PART = Pattern.compile("[A-Za-z0-9][A-Za-z0-9.+-]*");

  static final List<String> NAMES =
      List.of(
          "writeText",
          "writeTextDir",
          "writeScript",
          "writeScriptBin",
          "writeShellScriptBin",
          "shellScript",
          "symlinkJoin",
          "buildEnv",
          "mergeDrvs",
          "path",
          "fakeNss",
          "deb",
          "shadowSetup",
          "binSh",
          "usrBinEnv",
          "caCertificates");

  /**
   * The call of {@code builder}, which stands at {@code at}, with the arguments in {@code node}.
   */
  StoreObjectSpec read(String builder, Position at, Node node, Definition definition)
      throws ImageFileException {
    List<String> known =
        switch (builder) {
          case "writeText", "writeScript", "writeScriptBin", "writeShellScriptBin", "shellScript" ->
              List.of("name", "text");
          case "writeTextDir" -> List.of("path", "text");
          case "symlinkJoin" -> List.of("name", "paths");
          case "buildEnv" -> List.of("name", "paths", "pathsToLink");
          case "mergeDrvs" -> List.of("derivations", "onlyDeps");
          case "path" -> List.of("path", "name");
          case "fakeNss" -> List.of("extraPasswdLines", "extraGroupLines");
          case "deb" -> List.of("packages", "arch", "suite", "components");
          case "shadowSetup" -> List.<String>of();
          case "binSh" -> List.of(Tool.BASH_INTERACTIVE.key());
          case "usrBinEnv" -> List.of(Tool.COREUTILS.key());
          case "caCertificates" -> List.of(Tool.CACERT.key());
          default ->
              throw new ImageFileException(
                  at, "no trivial builder '" + builder + "'" + Nearest.hint(builder, NAMES));
        };
    // `path: ./x` and `binSh: /nix/store/…` are short for a mapping with that one argument.
    boolean list = node instanceof Node.Sequence && builder.equals("deb");
    boolean bare = list || (node instanceof Node.Text && isAboutOneThing(builder));
    Node whole = bare ? wrapped(known.getFirst(), node) : node;
    Arguments arguments = new Arguments(builder, at, whole, known, paths, definition);
    return switch (builder) {
      case "writeText" ->
          new StoreObjectSpec.WriteText(at, name(arguments), arguments.requiredContent("text"));
      case "writeTextDir" ->
          new StoreObjectSpec.WriteTextDir(
              at, arguments.requiredText("path"), arguments.requiredContent("text"));
      case "writeScript" ->
          new StoreObjectSpec.WriteScript(at, name(arguments), arguments.requiredContent("text"));
      case "writeScriptBin" ->
          new StoreObjectSpec.WriteScriptBin(
              at, name(arguments), arguments.requiredContent("text"));
      case "writeShellScriptBin" -> {
        definition.use(Tool.RUNTIME_SHELL);
        yield new StoreObjectSpec.WriteShellScriptBin(
            at, name(arguments), arguments.requiredContent("text"));
      }
      case "shellScript" -> {
        definition.use(Tool.RUNTIME_SHELL);
        definition.use(Tool.COREUTILS);
        yield new StoreObjectSpec.ShellScript(
            at, name(arguments), arguments.requiredContent("text"));
      }
      case "symlinkJoin" ->
          new StoreObjectSpec.SymlinkJoin(at, name(arguments), arguments.paths("paths"));
      case "buildEnv" ->
          new StoreObjectSpec.BuildEnv(
              at,
              name(arguments),
              arguments.paths("paths"),
              arguments.texts("pathsToLink", List.of("/")));
      case "mergeDrvs" ->
          new StoreObjectSpec.MergeDrvs(
              at, arguments.paths("derivations"), arguments.flag("onlyDeps", false));
      case "path" ->
          new StoreObjectSpec.Local(at, arguments.requiredPath("path"), arguments.text("name"));
      case "fakeNss" ->
          new StoreObjectSpec.FakeNss(
              at,
              arguments.texts("extraPasswdLines", List.of()),
              arguments.texts("extraGroupLines", List.of()));
      case "deb" -> deb(arguments);
      case "shadowSetup" -> {
        definition.use(Tool.SHADOW);
        definition.use(Tool.RUNTIME_SHELL);
        yield new StoreObjectSpec.ShadowSetup(at);
      }
      case "binSh" -> helper(HelperName.BIN_SH, arguments, definition);
      case "usrBinEnv" -> helper(HelperName.USR_BIN_ENV, arguments, definition);
      default -> helper(HelperName.CA_CERTIFICATES, arguments, definition);
    };
  }

  private static boolean isAboutOneThing(String builder) {
    return switch (builder) {
      case "path", "deb", "binSh", "usrBinEnv", "caCertificates" -> true;
      default -> false;
    };
  }

  private static StoreObjectSpec deb(Arguments arguments) throws ImageFileException {
    List<String> packages = arguments.words("packages", List.of());
    List<String> components = arguments.words("components", List.of("main"));
    if (packages.isEmpty() || components.isEmpty()) {
      throw new ImageFileException(
          arguments.at(), "deb: expected the name of a Debian package, or a list of names");
    }
    for (String name : packages) {
      if (!DEBIAN_NAME.matcher(name).matches()) {
        throw new ImageFileException(
            arguments.at(), "deb: '" + name + "' cannot be the name of a Debian package");
      }
    }
    String suite = arguments.word("suite", "bookworm");
    for (String part : with(components, suite)) {
      if (!DEBIAN_PART.matcher(part).matches()) {
        throw new ImageFileException(
            arguments.at(), "deb: '" + part + "' is no suite or component of Debian");
      }
    }
    Optional<String> architecture = arguments.word("arch");
    return new StoreObjectSpec.Deb(
        arguments.at(),
        packages,
        architecture.map(name -> DebianRequest.architecture(name, "")),
        suite,
        components);
  }

  private static List<String> with(List<String> texts, String more) {
    List<String> all = new ArrayList<>(texts);
    all.add(more);
    return all;
  }

  private static Node wrapped(String argument, Node value) {
    LinkedHashMap<String, Node.Member> members = new LinkedHashMap<>();
    members.put(argument, new Node.Member(value.at(), value));
    return new Node.Mapping(value.at(), members);
  }

  private static Template name(Arguments arguments) throws ImageFileException {
    return arguments.requiredText("name");
  }

  private static StoreObjectSpec helper(
      HelperName helper, Arguments arguments, Definition definition) throws ImageFileException {
    Tool tool = helper.tool().orElseThrow();
    Optional<PathArgument> linked = arguments.path(tool.key());
    if (linked.isEmpty()) {
      definition.use(tool);
    }
    return new StoreObjectSpec.Helper(arguments.at(), helper, linked);
  }
}
