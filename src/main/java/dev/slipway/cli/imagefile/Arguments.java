package dev.slipway.cli.imagefile;

import dev.slipway.layer.Compression;
import dev.slipway.oci.message.Nearest;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of one function, each asked for by name and type. An argument that is null counts
 * as not given.
 */
final class Arguments {
  private static final long MAX_ID = 0xffff_ffffL;

  private final String function;
  private final Position at;
  private final SequencedMap<String, Node.Member> members;
  private final List<String> known;
  private final PathArguments paths;
  private final Definition definition;

  /**
   * The arguments that {@code node} holds.
   *
   * @param at where the function stands
   * @param known the names of all arguments that the function has
   * @throws ImageFileException if it is no mapping, or has an argument that is not known
   */
  Arguments(
      String function,
      Position at,
      Node node,
      List<String> known,
      PathArguments paths,
      Definition definition)
      throws ImageFileException {
    this.function = function;
    this.at = at;
    this.known = known;
    this.paths = paths;
    this.definition = definition;
    this.members =
        switch (node) {
          case Node.Mapping mapping -> mapping.members();
          case Node.Null _ -> Collections.emptyNavigableMap();
          default -> throw wrong(node, function, "a mapping of arguments");
        };
    for (Map.Entry<String, Node.Member> member : members.entrySet()) {
      if (!known.contains(member.getKey())) {
        throw new ImageFileException(
            member.getValue().keyAt(),
            function
                + " has no argument '"
                + member.getKey()
                + "'"
                + Nearest.hint(member.getKey(), known));
      }
    }
  }

  static ImageFileException wrong(Node node, String name, String expected) {
    String quote = node instanceof Node.Text text ? " '" + shortened(text.value()) + "'" : "";
    return new ImageFileException(
        node.at(), name + ": expected " + expected + ", found " + node.kind() + quote);
  }

  private static String shortened(String text) {
    String line = text.lines().findFirst().orElse("");
    boolean whole = line.length() <= 40 && line.length() == text.length();
    return whole ? line : line.substring(0, Math.min(40, line.length())) + "…";
  }

  /** Where the function stands. */
  Position at() {
    return at;
  }

  private @Nullable Node find(String name) {
    if (!known.contains(name)) {
      throw new IllegalArgumentException(function + " has no argument " + name);
    }
    Node.Member member = members.get(name);
    return member == null || member.value() instanceof Node.Null ? null : member.value();
  }

  boolean has(String name) {
    return find(name) != null;
  }

  boolean isMapping(String name) {
    return find(name) instanceof Node.Mapping;
  }

  /** Where the argument stands; the function's place if it is not given. */
  Position positionOf(String name) {
    Node.Member member = members.get(name);
    return member == null ? at : member.keyAt();
  }

  private ImageFileException missing(String name) {
    return new ImageFileException(at, function + " needs the argument '" + name + "'");
  }

  private Template template(String name, Node node) throws ImageFileException {
    if (node instanceof Node.Text text) {
      return definition.use(Template.parse(text.at(), text.value()));
    }
    String quote = node instanceof Node.Numeral || node instanceof Node.Bool ? " in quotes" : "";
    throw wrong(node, name, "a string" + quote);
  }

  Optional<Template> text(String name) throws ImageFileException {
    Node node = find(name);
    return node == null ? Optional.empty() : Optional.of(template(name, node));
  }

  Template text(String name, String otherwise) throws ImageFileException {
    Node node = find(name);
    return node == null ? Template.literal(at, otherwise) : template(name, node);
  }

  Template requiredText(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      throw missing(name);
    }
    Template template = template(name, node);
    if (template.isEmpty()) {
      throw new ImageFileException(node.at(), name + ": expected a string that is not empty");
    }
    return template;
  }

  /** A text that may be empty but must be there. */
  Template requiredContent(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      throw missing(name);
    }
    return template(name, node);
  }

  List<Template> texts(String name, List<String> otherwise) throws ImageFileException {
    Node node = find(name);
    List<Template> texts = new ArrayList<>();
    if (node == null) {
      otherwise.forEach(text -> texts.add(Template.literal(at, text)));
      return texts;
    }
    if (!(node instanceof Node.Sequence sequence)) {
      throw wrong(node, name, "a list of strings");
    }
    for (Node item : sequence.items()) {
      texts.add(template(name, item));
    }
    return texts;
  }

  /** A string that no reference can be part of. */
  String word(String name, String otherwise) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      return otherwise;
    }
    Template template = template(name, node);
    if (template.segments().equals(List.of())
        || !(template.segments().getFirst() instanceof Template.Literal(String text))
        || template.segments().size() > 1) {
      throw wrong(node, name, "a plain string that is not empty");
    }
    return text;
  }

  /** The same, if it is given. */
  Optional<String> word(String name) throws ImageFileException {
    return has(name) ? Optional.of(word(name, "")) : Optional.empty();
  }

  /** One such string or a list of them. */
  List<String> words(String name, List<String> otherwise) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      return otherwise;
    }
    List<Node> items = node instanceof Node.Sequence list ? list.items() : List.of(node);
    List<String> words = new ArrayList<>();
    for (Node item : items) {
      if (!(item instanceof Node.Text text) || text.value().isEmpty()) {
        throw wrong(item, name, "a plain string that is not empty");
      }
      words.add(text.value());
    }
    return words;
  }

  boolean flag(String name, boolean otherwise) throws ImageFileException {
    return switch (find(name)) {
      case null -> otherwise;
      case Node.Bool bool -> bool.value();
      case Node node -> throw wrong(node, name, "true or false");
    };
  }

  long whole(String name, long otherwise, long least, long greatest) throws ImageFileException {
    Node node = find(name);
    return node == null ? otherwise : whole(name, node, least, greatest);
  }

  private static long whole(String name, Node node, long least, long greatest)
      throws ImageFileException {
    String expected = "a whole number from " + least + " to " + greatest;
    if (!(node instanceof Node.Numeral number)) {
      throw wrong(node, name, expected);
    }
    try {
      BigInteger value = new BigInteger(number.literal());
      if (value.compareTo(BigInteger.valueOf(least)) >= 0
          && value.compareTo(BigInteger.valueOf(greatest)) <= 0) {
        return value.longValueExact();
      }
    } catch (NumberFormatException _) {
      // It has a fraction or an exponent.
    }
    throw wrong(node, name, expected);
  }

  /** The number of a user or group, which Nix takes as a string too. */
  long id(String name, long otherwise) throws ImageFileException {
    Node node = find(name);
    if (node instanceof Node.Text text
        && !text.value().isEmpty()
        && text.value().length() <= 10
        && text.value().chars().allMatch(c -> c >= '0' && c <= '9')) {
      String digits = new BigInteger(text.value()).toString();
      return whole(name, new Node.Numeral(text.at(), digits), 0, MAX_ID);
    }
    return node == null ? otherwise : whole(name, node, 0, MAX_ID);
  }

  /** An object; null where it is not given. */
  JsonTemplate objectOrNull(String name) throws ImageFileException {
    return has(name) ? object(name) : new JsonTemplate(new Node.Null(at));
  }

  /** An object; one without members where it is not given, null where it is given as null. */
  JsonTemplate object(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      boolean explicit = members.containsKey(name);
      Node none = explicit ? new Node.Null(at) : new Node.Mapping(at, new LinkedHashMap<>());
      return new JsonTemplate(none);
    }
    if (!(node instanceof Node.Mapping)) {
      throw wrong(node, name, "a mapping");
    }
    return definition.use(new JsonTemplate(node));
  }

  Optional<JsonTemplate> list(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!(node instanceof Node.Sequence)) {
      throw wrong(node, name, "a list");
    }
    return Optional.of(definition.use(new JsonTemplate(node)));
  }

  Optional<PathArgument> path(String name) throws ImageFileException {
    Node node = find(name);
    return node == null ? Optional.empty() : Optional.of(path(name, node));
  }

  PathArgument requiredPath(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      throw missing(name);
    }
    return path(name, node);
  }

  /** One path or a list of them. */
  List<PathArgument> paths(String name) throws ImageFileException {
    Node node = find(name);
    return node == null ? List.of() : paths(name, node);
  }

  List<PathArgument> paths(String name, Node node) throws ImageFileException {
    if (!(node instanceof Node.Sequence sequence)) {
      return List.of(path(name, node));
    }
    List<PathArgument> read = new ArrayList<>();
    for (Node item : sequence.items()) {
      read.add(path(name, item));
    }
    return read;
  }

  private PathArgument path(String name, Node node) throws ImageFileException {
    if (!(node instanceof Node.Text text)) {
      throw wrong(node, name, "a path");
    }
    PathArgument path = paths.read(definition.use(Template.parse(text.at(), text.value())));
    if (path instanceof PathArgument.Helper helper) {
      helper.name().tool().ifPresent(definition::use);
    }
    return path;
  }

  Optional<CreatedTime> time(String name) throws ImageFileException {
    Node node = find(name);
    if (node == null) {
      return Optional.empty();
    }
    if (!(node instanceof Node.Text text)) {
      throw wrong(node, name, "an ISO 8601 date or date-time, @SECONDS or now, as a string");
    }
    try {
      return Optional.of(CreatedTime.parse(text.value()));
    } catch (IllegalArgumentException e) {
      throw new ImageFileException(node.at(), name + ": " + e.getMessage(), e);
    }
  }

  Compression compressor() throws ImageFileException {
    String word = word("compressor", "gz");
    return switch (word) {
      case "none" -> Compression.NONE;
      case "gz" -> Compression.GZIP;
      case "zstd" -> Compression.ZSTD;
      default ->
          throw new ImageFileException(
              positionOf("compressor"),
              "compressor: expected one of none, gz, zstd, found '" + word + "'");
    };
  }
}
