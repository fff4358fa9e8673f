package dev.slipway.cli.imagefile;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.events.StreamEndEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * YAML 1.2 in the core schema, with positions, and with the merge key {@code <<} that YAML 1.1 had
 * and people still write. Built on the parser's events rather than its object constructor, which
 * knows no positions and rounds numbers.
 */
final class YamlReader {
  private static final String TAG = "tag:yaml.org,2002:";

  private final String name;
  private final Iterator<Event> events;
  private final Map<Anchor, Anchored> anchors = new HashMap<>();
  private final Set<Anchor> open = new HashSet<>();

  /** The size of what was read so far, with every alias expanded. */
  private long expanded;

  /** The deepest level within the collection that is being read. */
  private int deepest;

  /** What was counted when a collection began. */
  private record Extent(long expanded, int deepest) {}

  /** What an alias stands for, how large it is, and how many levels it has. */
  private record Anchored(Node node, long size, int height) {}

  private YamlReader(String name, Iterator<Event> events) {
    this.name = name;
    this.events = events;
  }

  static Node read(String text, String name) throws ImageFileException {
    LoadSettings settings =
        LoadSettings.builder().setLabel(name).setCodePointLimit(Documents.MAX_SIZE).build();
    try {
      return new YamlReader(name, new ParserImpl(settings, new StreamReader(settings, text)))
          .document();
    } catch (MarkedYamlEngineException e) {
      Position at = e.getProblemMark().map(mark -> position(mark, name)).orElse(Position.of(name));
      throw new ImageFileException(at, "not YAML: " + e.getProblem() + hint(text, at), e);
    } catch (ReaderException e) {
      int offset = text.offsetByCodePoints(0, e.getPosition());
      throw new ImageFileException(
          Documents.endOf(text.substring(0, offset), name),
          String.format("not YAML: the character U+%04X is not allowed", e.getCodePoint()),
          e);
    } catch (NumberFormatException e) {
      // What the parser throws when the document ends within an escape sequence.
      throw new ImageFileException(
          Documents.endOf(text, name), "not YAML: an escape sequence is cut short", e);
    } catch (YamlEngineException e) {
      throw new ImageFileException(Position.of(name), "not YAML: " + e.getMessage(), e);
    }
  }

  /** The commonest slip: {@code [ ${{ images.a }} ]}, whose braces YAML takes for its own. */
  private static String hint(String text, Position at) {
    List<String> lines = text.lines().skip(Math.max(0, at.line() - 2)).limit(2).toList();
    boolean reference = lines.stream().anyMatch(line -> line.contains("${{"));
    return reference ? " (inside [ ] and { }, put ${{ … }} in quotes)" : "";
  }

  private static Position position(Mark mark, String name) {
    return new Position(name, mark.getLine() + 1, mark.getColumn() + 1);
  }

  private Position start(Event event) {
    return event.getStartMark().map(mark -> position(mark, name)).orElse(Position.of(name));
  }

  private Node document() throws ImageFileException {
    events.next();
    if (!(events.next() instanceof DocumentStartEvent)) {
      throw new ImageFileException(Position.of(name), "the file is empty");
    }
    Node node = node(events.next(), 1);
    events.next();
    Event end = events.next();
    if (!(end instanceof StreamEndEvent)) {
      throw new ImageFileException(start(end), "expected one document, a second starts here");
    }
    return node;
  }

  private Node node(Event event, int depth) throws ImageFileException {
    return switch (event) {
      case AliasEvent alias -> alias(alias, depth);
      case ScalarEvent scalar -> scalar(scalar);
      case SequenceStartEvent sequence -> sequence(sequence, depth);
      case MappingStartEvent mapping -> mapping(mapping, depth);
      default -> throw new IllegalStateException("no node starts with " + event);
    };
  }

  private Node alias(AliasEvent event, int depth) throws ImageFileException {
    Position at = start(event);
    Anchor anchor = event.getAlias();
    if (open.contains(anchor)) {
      throw new ImageFileException(at, "*" + anchor + " stands for what it is a part of");
    }
    Anchored anchored = anchors.get(anchor);
    if (anchored == null) {
      throw new ImageFileException(at, "*" + anchor + " has no &" + anchor + " before it");
    }
    int lowest = depth + anchored.height() - 1;
    if (lowest > Documents.MAX_DEPTH) {
      throw Documents.tooDeep(at);
    }
    deepest = Math.max(deepest, lowest);
    grow(anchored.size(), at);
    return anchored.node();
  }

  private void grow(long size, Position at) throws ImageFileException {
    expanded += size;
    if (expanded > Documents.MAX_SIZE) {
      throw new ImageFileException(at, "larger than 32 MiB once its aliases are expanded");
    }
  }

  private Node scalar(ScalarEvent event) throws ImageFileException {
    Position at = start(event);
    long before = expanded;
    grow(event.getValue().length() + 1L, at);
    Node node = typed(event, at);
    long size = expanded - before;
    event.getAnchor().ifPresent(anchor -> anchors.put(anchor, new Anchored(node, size, 0)));
    return node;
  }

  private static Node typed(ScalarEvent event, Position at) throws ImageFileException {
    String value = event.getValue();
    String tag = event.getTag().orElse("");
    if (tag.isEmpty() && event.isPlain()) {
      return CoreSchema.resolve(value, at);
    }
    String type = tag.startsWith(TAG) ? tag.substring(TAG.length()) : tag;
    return switch (type) {
      case "", "!", "str" -> new Node.Text(at, Documents.whole(value, at));
      case "null", "bool", "int", "float" -> checked(CoreSchema.resolve(value, at), type, value);
      default -> throw unknownTag(at, tag);
    };
  }

  private static Node checked(Node node, String type, String value) throws ImageFileException {
    boolean fits =
        switch (node) {
          case Node.Null _ -> type.equals("null");
          case Node.Bool _ -> type.equals("bool");
          case Node.Numeral _ -> type.equals("int") || type.equals("float");
          default -> false;
        };
    if (!fits) {
      throw new ImageFileException(
          node.at(), "'" + value + "' is not what its tag !!" + type + " says");
    }
    return node;
  }

  private static ImageFileException unknownTag(Position at, String tag) {
    return new ImageFileException(at, "the tag " + tag + " has no meaning here");
  }

  private static void refuseTag(Optional<String> tag, String expected, Position at)
      throws ImageFileException {
    if (tag.isPresent() && !tag.get().equals("!") && !tag.get().equals(TAG + expected)) {
      throw unknownTag(at, tag.get());
    }
  }

  private Node sequence(SequenceStartEvent event, int depth) throws ImageFileException {
    Position at = start(event);
    refuseTag(event.getTag(), "seq", at);
    Extent around = enter(event.getAnchor(), at, depth);
    List<Node> items = new ArrayList<>();
    for (Event next = events.next(); !(next instanceof SequenceEndEvent); next = events.next()) {
      items.add(node(next, depth + 1));
    }
    Node node = new Node.Sequence(at, Collections.unmodifiableList(items));
    leave(event.getAnchor(), node, depth, around);
    return node;
  }

  private Node mapping(MappingStartEvent event, int depth) throws ImageFileException {
    Position at = start(event);
    refuseTag(event.getTag(), "map", at);
    Extent around = enter(event.getAnchor(), at, depth);
    SequencedMap<String, Node.Member> members = new LinkedHashMap<>();
    List<Node.Mapping> merged = new ArrayList<>();
    for (Event next = events.next(); !(next instanceof MappingEndEvent); next = events.next()) {
      Position keyAt = start(next);
      boolean merges = isMerge(next);
      String key = key(next, depth);
      Node value = node(events.next(), depth + 1);
      if (merges) {
        collectMerged(value, merged);
        continue;
      }
      Node.Member earlier = members.putIfAbsent(key, new Node.Member(keyAt, value));
      if (earlier != null) {
        throw Documents.twice(keyAt, key, earlier.keyAt());
      }
    }
    merged.forEach(mapping -> mapping.members().forEach(members::putIfAbsent));
    Node node = new Node.Mapping(at, Collections.unmodifiableSequencedMap(members));
    leave(event.getAnchor(), node, depth, around);
    return node;
  }

  private static boolean isMerge(Event key) {
    return key instanceof ScalarEvent scalar && scalar.isPlain() && scalar.getValue().equals("<<");
  }

  private static void collectMerged(Node value, List<Node.Mapping> merged)
      throws ImageFileException {
    List<Node> items = value instanceof Node.Sequence list ? list.items() : List.of(value);
    for (Node item : items) {
      if (!(item instanceof Node.Mapping mapping)) {
        throw new ImageFileException(
            item.at(), "<<: expected a mapping or a list of mappings, found " + item.kind());
      }
      merged.add(mapping);
    }
  }

  private String key(Event event, int depth) throws ImageFileException {
    if (event instanceof ScalarEvent scalar) {
      if (scalar.isPlain() && scalar.getValue().isEmpty()) {
        throw new ImageFileException(start(event), "expected a key before the colon");
      }
      scalar(scalar);
      return Documents.whole(scalar.getValue(), start(event));
    }
    if (event instanceof AliasEvent alias && alias(alias, depth) instanceof Node.Text text) {
      return text.value();
    }
    throw new ImageFileException(start(event), "expected a string as the key");
  }

  private Extent enter(Optional<Anchor> anchor, Position at, int depth) throws ImageFileException {
    if (depth > Documents.MAX_DEPTH) {
      throw Documents.tooDeep(at);
    }
    anchor.ifPresent(open::add);
    Extent around = new Extent(expanded, deepest);
    deepest = depth;
    grow(1, at);
    return around;
  }

  private void leave(Optional<Anchor> anchor, Node node, int depth, Extent around) {
    int height = deepest - depth + 1;
    deepest = Math.max(deepest, around.deepest());
    anchor.ifPresent(present -> {
      open.remove(present);
      anchors.put(present, new Anchored(node, expanded - around.expanded(), height));
    });
  }
}
