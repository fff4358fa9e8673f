package dev.slipway.cli.imagefile;

import java.util.List;
import java.util.SequencedMap;

/** A value of a YAML or JSON document that knows where it stands. */
sealed interface Node {
  /** Where it starts. */
  Position at();

  /** What this is, in the words of an error message. */
  default String kind() {
    return switch (this) {
      case Mapping _ -> "a mapping";
      case Sequence _ -> "a list";
      case Text _ -> "a string";
      case Numeral number -> "the number " + number.literal();
      case Bool bool -> String.valueOf(bool.value());
      case Null _ -> "null";
    };
  }

  /**
   * Keys with their values.
   *
   * @param at where it starts
   * @param members by key, in the document's order
   */
  record Mapping(Position at, SequencedMap<String, Member> members) implements Node {}

  /**
   * A value of a mapping.
   *
   * @param keyAt where its key stands
   * @param value the value
   */
  record Member(Position keyAt, Node value) {}

  /**
   * A list.
   *
   * @param at where it starts
   * @param items its items in order
   */
  record Sequence(Position at, List<Node> items) implements Node {}

  /**
   * A string.
   *
   * @param at where it starts
   * @param value its text
   */
  record Text(Position at, String value) implements Node {}

  /**
   * A number.
   *
   * @param at where it starts
   * @param literal its exact value in JSON's grammar
   */
  record Numeral(Position at, String literal) implements Node {}

  /**
   * A boolean.
   *
   * @param at where it starts
   * @param value true or false
   */
  record Bool(Position at, boolean value) implements Node {}

  /**
   * The value null.
   *
   * @param at where it stands
   */
  record Null(Position at) implements Node {}
}
