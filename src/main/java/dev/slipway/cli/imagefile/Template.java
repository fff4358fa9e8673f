package dev.slipway.cli.imagefile;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A string in which each <code>${{ paths.NAME }}</code> and <code>${{ images.NAME }}</code> stands
 * for what it names; a second dollar before it makes it stand for itself.
 *
 * @param at where the string starts
 * @param segments its parts in order
 */
public record Template(Position at, List<Segment> segments) {
  private static final String OPEN = "${{";
  private static final String ESCAPED = "$${{";
  private static final String CLOSE = "}}";

  /** A part of a template. */
  public sealed interface Segment {}

  /**
   * Text that stands for itself.
   *
   * @param text the text
   */
  public record Literal(String text) implements Segment {}

  /**
   * Text that is put in.
   *
   * @param reference what it names
   */
  public record Insertion(Reference reference) implements Segment {}

  /** Says what text stands for a reference. */
  @FunctionalInterface
  public interface Resolver {
    /**
     * The text to put in.
     *
     * @throws IOException if what is referred to cannot be had
     */
    String resolve(Reference reference) throws IOException;
  }

  /** Takes a copy. */
  public Template {
    segments = List.copyOf(segments);
  }

  /** The template that is just this text. */
  static Template literal(Position at, String text) {
    return new Template(at, text.isEmpty() ? List.of() : List.of(new Literal(text)));
  }

  /** Reads {@code text}, which starts at {@code at}. */
  static Template parse(Position at, String text) throws ImageFileException {
    List<Segment> segments = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int next = 0;
    for (int dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', next)) {
      literal.append(text, next, dollar);
      if (text.startsWith(ESCAPED, dollar)) {
        literal.append(OPEN);
        next = dollar + ESCAPED.length();
      } else if (text.startsWith(OPEN, dollar)) {
        int end = text.indexOf(CLOSE, dollar);
        if (end < 0) {
          throw new ImageFileException(at, "a ${{ without its }} (a literal one is written $${{)");
        }
        if (!literal.isEmpty()) {
          segments.add(new Literal(literal.toString()));
          literal.setLength(0);
        }
        segments.add(new Insertion(reference(at, text.substring(dollar + OPEN.length(), end))));
        next = end + CLOSE.length();
      } else {
        literal.append('$');
        next = dollar + 1;
      }
    }
    literal.append(text, next, text.length());
    if (!literal.isEmpty()) {
      segments.add(new Literal(literal.toString()));
    }
    return new Template(at, segments);
  }

  private static Reference reference(Position at, String inner) throws ImageFileException {
    String expression = inner.strip();
    for (Reference.Kind kind : Reference.Kind.values()) {
      String prefix = kind.key() + ".";
      if (expression.startsWith(prefix) && expression.length() > prefix.length()) {
        return new Reference(kind, expression.substring(prefix.length()));
      }
    }
    throw new ImageFileException(
        at, "${{ " + expression + " }}: expected paths.NAME or images.NAME between the braces");
  }

  /** Whether it is the empty string. */
  public boolean isEmpty() {
    return segments.isEmpty();
  }

  /** What it refers to, in order. */
  public List<Reference> references() {
    List<Reference> references = new ArrayList<>();
    for (Segment segment : segments) {
      if (segment instanceof Insertion(Reference reference)) {
        references.add(reference);
      }
    }
    return references;
  }

  /**
   * The text that it stands for.
   *
   * @throws IOException if {@code resolver} throws it
   */
  public String render(Resolver resolver) throws IOException {
    StringBuilder out = new StringBuilder();
    for (Segment segment : segments) {
      switch (segment) {
        case Literal(String text) -> out.append(text);
        case Insertion(Reference reference) -> out.append(resolver.resolve(reference));
      }
    }
    return out.toString();
  }
}
