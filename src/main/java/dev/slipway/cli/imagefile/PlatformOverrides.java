package dev.slipway.cli.imagefile;

import dev.slipway.oci.Platform;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

/**
 * What stands under {@code platforms}: a list of platforms, or a mapping of each to the arguments
 * that it has in place of the function's.
 */
final class PlatformOverrides {
  private static final String KEY = "platforms";

  /** Arguments that follow from the platform. */
  private static final List<String> IMPLIED = List.of("architecture", "os", "arch");

  private final SequencedMap<Platform, Node> arguments = new LinkedHashMap<>();

  private PlatformOverrides() {}

  static PlatformOverrides read(Node node) throws ImageFileException {
    PlatformOverrides overrides = new PlatformOverrides();
    switch (node) {
      case Node.Sequence list -> {
        for (Node item : list.items()) {
          if (!(item instanceof Node.Text text)) {
            throw Arguments.wrong(item, KEY, "a platform as OS/ARCHITECTURE");
          }
          overrides.add(text.at(), text.value(), new Node.Null(text.at()));
        }
      }
      case Node.Mapping mapping -> {
        for (Map.Entry<String, Node.Member> member : mapping.members().entrySet()) {
          Node value = member.getValue().value();
          if (!(value instanceof Node.Mapping || value instanceof Node.Null)) {
            throw Arguments.wrong(value, member.getKey(), "a mapping of arguments");
          }
          overrides.add(member.getValue().keyAt(), member.getKey(), value);
        }
      }
      default -> throw Arguments.wrong(node, KEY, "a list of platforms, or a mapping");
    }
    if (overrides.arguments.isEmpty()) {
      throw new ImageFileException(node.at(), KEY + ": expected at least one platform");
    }
    return overrides;
  }

  private void add(Position at, String text, Node override) throws ImageFileException {
    Platform platform;
    try {
      platform = Platform.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImageFileException(at, KEY + ": " + e.getMessage(), e);
    }
    if (arguments.put(platform, override) != null) {
      throw new ImageFileException(at, KEY + ": " + platform + " is listed twice");
    }
  }

  /** The platforms in their order. */
  SequencedSet<Platform> platforms() {
    return arguments.sequencedKeySet();
  }

  /** The function with the arguments that it has for {@code platform}. */
  Map.Entry<String, Node.Member> apply(Platform platform, Map.Entry<String, Node.Member> call)
      throws ImageFileException {
    Node.Member given = call.getValue();
    Node override = arguments.getOrDefault(platform, new Node.Null(given.keyAt()));
    SequencedMap<String, Node.Member> merged = new LinkedHashMap<>();
    if (given.value() instanceof Node.Mapping mapping) {
      merged.putAll(mapping.members());
    }
    if (override instanceof Node.Mapping mapping) {
      if (given.value() instanceof Node.Sequence) {
        throw new ImageFileException(
            mapping.at(), KEY + ": " + call.getKey() + " has no arguments to be replaced");
      }
      merged.putAll(mapping.members());
    }
    for (String name : IMPLIED) {
      Node.Member argument = merged.get(name);
      if (argument != null) {
        throw new ImageFileException(
            argument.keyAt(), name + ": expected nothing beside platforms, which it follows from");
      }
    }
    return given.value() instanceof Node.Mapping || given.value() instanceof Node.Null
        ? Map.entry(
            call.getKey(),
            new Node.Member(given.keyAt(), new Node.Mapping(given.value().at(), merged)))
        : call;
  }
}
