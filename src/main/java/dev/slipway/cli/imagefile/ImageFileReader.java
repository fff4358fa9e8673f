package dev.slipway.cli.imagefile;

import dev.slipway.oci.Platform;
import dev.slipway.oci.message.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/** Turns the tree of an image file into typed values and checks that they fit together. */
final class ImageFileReader {
  private static final List<String> KEYS = List.of("store", "tools", "paths", "images");

  private final String label;
  private final Path folder;
  private final PathArguments pathArguments;
  private final ImageFunctions functions;
  private final TrivialBuilders builders;

  private final Platform host;
  private final SequencedMap<ImageFile.Part, Definition> definitions = new LinkedHashMap<>();
  private final SequencedMap<String, StoreObjectSpec> paths = new LinkedHashMap<>();
  private final SequencedMap<String, ImageSpec> images = new LinkedHashMap<>();
  private final Map<Tool, PathArgument> tools = new EnumMap<>(Tool.class);
  private final Map<Tool, Definition> toolDefinitions = new EnumMap<>(Tool.class);

  ImageFileReader(String label, Path folder, ImageFile.Defaults defaults) {
    this.label = label;
    this.folder = folder;
    this.pathArguments = new PathArguments(folder, defaults.storeDir());
    this.host = new Platform("linux", defaults.architecture());
    this.functions = new ImageFunctions(pathArguments);
    this.builders = new TrivialBuilders(pathArguments);
  }

  ImageFile read(Node root) throws ImageFileException {
    if (!(root instanceof Node.Mapping mapping)) {
      throw Arguments.wrong(root, "the image file", "a mapping with the key images");
    }
    for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
      if (!KEYS.contains(member.getKey())) {
        throw new ImageFileException(
            member.getValue().keyAt(),
            "no key '" + member.getKey() + "'" + Nearest.hint(member.getKey(), KEYS));
      }
    }
    List<ImageFile.StoreText> stores = stores(mapping);
    readTools(section(mapping, "tools"));
    readPaths(section(mapping, "paths"));
    readImages(section(mapping, "images"));
    Map<ImageFile.Part, Set<Reference>> dependencies = dependencies();
    refuseCycles(dependencies);
    return new ImageFile(label, folder, stores, tools, paths, images, dependencies, host);
  }

  private static List<ImageFile.StoreText> stores(Node.Mapping mapping) throws ImageFileException {
    Node.Member member = mapping.members().get("store");
    return switch (member == null ? null : member.value()) {
      case null -> List.of();
      case Node.Null _ -> List.of();
      case Node.Sequence list when !list.items().isEmpty() -> {
        List<ImageFile.StoreText> stores = new ArrayList<>();
        for (Node item : list.items()) {
          stores.add(store(item));
        }
        yield stores;
      }
      case Node one -> List.of(store(one));
    };
  }

  private static ImageFile.StoreText store(Node node) throws ImageFileException {
    if (!(node instanceof Node.Text text) || text.value().isEmpty()) {
      throw Arguments.wrong(node, "store", "a store as --store takes it, or a list of them");
    }
    return new ImageFile.StoreText(text.at(), text.value());
  }

  private static SequencedMap<String, Node.Member> section(Node.Mapping mapping, String key)
      throws ImageFileException {
    Node.Member member = mapping.members().get(key);
    return switch (member == null ? null : member.value()) {
      case null -> new LinkedHashMap<>();
      case Node.Null _ -> new LinkedHashMap<>();
      case Node.Mapping section -> section.members();
      case Node other -> throw Arguments.wrong(other, key, "a mapping");
    };
  }

  private void readTools(SequencedMap<String, Node.Member> section) throws ImageFileException {
    for (Map.Entry<String, Node.Member> member : section.entrySet()) {
      String key = member.getKey();
      Optional<Tool> tool = Tool.of(key);
      if (tool.isEmpty()) {
        throw new ImageFileException(
            member.getValue().keyAt(), "no tool '" + key + "'" + Nearest.hint(key, Tool.keys()));
      }
      Node value = member.getValue().value();
      if (!(value instanceof Node.Null)) {
        readTool(tool.get(), value);
      }
    }
  }

  private void readTool(Tool tool, Node value) throws ImageFileException {
    if (!(value instanceof Node.Text text)) {
      throw Arguments.wrong(value, tool.key(), "a path");
    }
    Definition definition = new Definition();
    PathArgument path = pathArguments.read(definition.use(Template.parse(text.at(), text.value())));
    if (path instanceof PathArgument.Helper) {
      throw Arguments.wrong(value, tool.key(), "a path");
    }
    tools.put(tool, path);
    toolDefinitions.put(tool, definition);
  }

  private void readPaths(SequencedMap<String, Node.Member> section) throws ImageFileException {
    for (Map.Entry<String, Node.Member> member : section.entrySet()) {
      String name = checkedName(member);
      Map.Entry<String, Node.Member> call =
          call(mapping(member, "trivial builder"), name, "trivial builder");
      Definition definition = new Definition();
      Node.Member arguments = call.getValue();
      paths.put(
          name, builders.read(call.getKey(), arguments.keyAt(), arguments.value(), definition));
      definitions.put(new ImageFile.Part(Reference.path(name), Optional.empty()), definition);
    }
  }

  private void readImages(SequencedMap<String, Node.Member> section) throws ImageFileException {
    for (Map.Entry<String, Node.Member> member : section.entrySet()) {
      String name = checkedName(member);
      Node.Mapping image = mapping(member, "function");
      SequencedMap<String, Node.Member> rest = new LinkedHashMap<>(image.members());
      Node.Member platforms = rest.remove("platforms");
      Map.Entry<String, Node.Member> call =
          call(new Node.Mapping(image.at(), rest), name, "function");
      images.put(
          name,
          platforms == null || platforms.value() instanceof Node.Null
              ? image(name, Optional.empty(), call)
              : images(name, call, PlatformOverrides.read(platforms.value())));
    }
  }

  private ImageSpec image(
      String name, Optional<Platform> platform, Map.Entry<String, Node.Member> call)
      throws ImageFileException {
    Definition definition = new Definition();
    Node.Member arguments = call.getValue();
    ImageSpec image =
        functions.read(call.getKey(), arguments.keyAt(), arguments.value(), definition);
    definitions.put(new ImageFile.Part(Reference.image(name), platform), definition);
    return image;
  }

  private ImageSpec images(
      String name, Map.Entry<String, Node.Member> call, PlatformOverrides overrides)
      throws ImageFileException {
    SequencedMap<Platform, ImageSpec> forPlatforms = new LinkedHashMap<>();
    for (Platform platform : overrides.platforms()) {
      forPlatforms.put(
          platform, image(name, Optional.of(platform), overrides.apply(platform, call)));
    }
    return new ImageSpec.ForPlatforms(call.getValue().keyAt(), call.getKey(), forPlatforms);
  }

  /** A name becomes part of a file's name, and stands between braces. */
  private static String checkedName(Map.Entry<String, Node.Member> member)
      throws ImageFileException {
    String name = member.getKey();
    boolean fine =
        !name.isEmpty()
            && name.equals(name.strip())
            && !name.startsWith(".")
            && !name.contains("/")
            && !name.contains("}}")
            && name.codePoints().noneMatch(Character::isISOControl);
    if (!fine) {
      throw new ImageFileException(
          member.getValue().keyAt(),
          "'" + name + "' cannot be a name: expected no slash, no }} and no dot at its start");
    }
    return name;
  }

  private static Node.Mapping mapping(Map.Entry<String, Node.Member> member, String what)
      throws ImageFileException {
    if (!(member.getValue().value() instanceof Node.Mapping mapping)) {
      throw Arguments.wrong(
          member.getValue().value(), member.getKey(), "a " + what + " with its arguments");
    }
    return mapping;
  }

  private static Map.Entry<String, Node.Member> call(Node.Mapping mapping, String name, String what)
      throws ImageFileException {
    if (mapping.members().size() != 1) {
      throw new ImageFileException(
          mapping.at(),
          name
              + ": expected exactly one "
              + what
              + ", found "
              + (mapping.members().isEmpty()
                  ? "none"
                  : String.join(", ", mapping.members().keySet())));
    }
    return mapping.members().firstEntry();
  }

  private Map<ImageFile.Part, Set<Reference>> dependencies() throws ImageFileException {
    Map<ImageFile.Part, Set<Reference>> dependencies = new LinkedHashMap<>();
    for (Map.Entry<ImageFile.Part, Definition> entry : definitions.entrySet()) {
      Set<Reference> needed = new LinkedHashSet<>();
      collect(entry.getValue(), needed);
      for (Tool tool : entry.getValue().tools()) {
        Definition definition = toolDefinitions.get(tool);
        if (definition != null) {
          collect(definition, needed);
        }
      }
      dependencies.put(entry.getKey(), needed);
    }
    for (Definition unused : toolDefinitions.values()) {
      collect(unused, new LinkedHashSet<>());
    }
    return dependencies;
  }

  private void collect(Definition definition, Set<Reference> needed) throws ImageFileException {
    for (Definition.Use use : definition.uses()) {
      Reference reference = use.reference();
      Collection<String> known =
          switch (reference.kind()) {
            case PATHS -> paths.keySet();
            case IMAGES -> images.keySet();
          };
      if (!known.contains(reference.name())) {
        throw new ImageFileException(
            use.at(),
            "${{ " + reference + " }} is not defined" + Nearest.hint(reference.name(), known));
      }
      needed.add(reference);
    }
  }

  /** An image may not even for different platforms be built upon itself. */
  private void refuseCycles(Map<ImageFile.Part, Set<Reference>> dependencies)
      throws ImageFileException {
    Map<Reference, Set<Reference>> needs = new LinkedHashMap<>();
    dependencies.forEach((part, needed) ->
        needs.computeIfAbsent(part.reference(), _ -> new LinkedHashSet<>()).addAll(needed));
    try {
      new DependencyOrder<Reference, RuntimeException>(
              reference -> needs.getOrDefault(reference, Set.of()))
          .of(needs.keySet());
    } catch (DependencyOrder.CycleException e) {
      throw cycle(e.cycle().stream().map(Reference.class::cast).toList());
    }
  }

  private ImageFileException cycle(List<Reference> cycle) {
    boolean alike = cycle.stream().map(Reference::kind).distinct().count() == 1;
    List<String> names = new ArrayList<>();
    for (Reference reference : cycle) {
      names.add(alike ? reference.name() : reference.toString());
    }
    names.add(names.getFirst());
    Reference first = cycle.getFirst();
    String what = alike ? first.kind().key() : "definitions";
    return new ImageFileException(
        position(first), what + " that need each other: " + String.join(" -> ", names));
  }

  private Position position(Reference reference) {
    StoreObjectSpec path = paths.get(reference.name());
    ImageSpec image = images.get(reference.name());
    return switch (reference.kind()) {
      case PATHS -> path == null ? Position.of(label) : path.at();
      case IMAGES -> image == null ? Position.of(label) : image.at();
    };
  }
}
