package dev.slipway.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads the closures that Nix hands to builders in files:
 *
 * <ul>
 *   <li>the text of {@code exportReferencesGraph}: for each path a line with it, one with its
 *       deriver or nothing, one with the number of its references, and one for each of these;
 *   <li>the registration of {@code closureInfo}, which {@code nix-store --load-db} reads too: the
 *       same, with a line for the NAR's hash and one for its size after the path;
 *   <li>the JSON of {@code exportReferencesGraph} with structured attributes: an array of objects
 *       with {@code path}, {@code narHash}, {@code narSize}, {@code references} and more; or all of
 *       {@code .attrs.json}, in which that array is called {@code closure}.
 * </ul>
 *
 * {@link Stores#of} makes a store of it, from which images can be built.
 *
 * <p>All are read strictly: a path that is missing, given twice or malformed is refused with its
 * line.
 */
public final class ReferencesGraph {
  /** As many characters as surely hold a line with a path and the start of the next. */
  private static final int PEEK = 4096;

  private static final int MAX_REFERENCES = 10_000_000;

  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final String name;
  private final String storeDir;
  private final Map<StorePath, PathInfo> infos = new LinkedHashMap<>();

  private ReferencesGraph(String name, String storeDir) {
    this.name = name;
    this.storeDir = storeDir;
  }

  /**
   * The closure in {@code file}, whichever form it has.
   *
   * @throws ImageException if it is in none of them; file and line are named
   * @throws IOException if it cannot be read
   */
  public static Closure read(Path file, String storeDir) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      // Store paths are ASCII; in this charset no byte is lost or refused without its line.
      reader.mark(PEEK);
      char[] peeked = new char[PEEK];
      int length = Math.max(reader.read(peeked), 0);
      reader.reset();
      String start = new String(peeked, 0, length);
      if (start.stripLeading().startsWith("[") || start.stripLeading().startsWith("{")) {
        return parseJson(file.toString(), reader, storeDir);
      }
      // A deriver, as a rule none, or a hash.
      String second = start.lines().skip(1).findFirst().orElse("");
      return second.isEmpty() || second.startsWith("/")
          ? parseText(file.toString(), reader, storeDir)
          : parseRegistration(file.toString(), reader, storeDir);
    }
  }

  /**
   * The closure in the text of {@code exportReferencesGraph}; NAR hashes are not known.
   *
   * @param name what the text is called in messages
   * @throws ImageException if it is malformed; the line is named
   * @throws IOException if it cannot be read
   */
  public static Closure parseText(String name, Reader text, String storeDir) throws IOException {
    return new ReferencesGraph(name, storeDir).lines(new Lines(text), false);
  }

  /**
   * The closure in the registration of {@code closureInfo}.
   *
   * @param name what the registration is called in messages
   * @throws ImageException if it is malformed; the line is named
   * @throws IOException if it cannot be read
   */
  public static Closure parseRegistration(String name, Reader text, String storeDir)
      throws IOException {
    return new ReferencesGraph(name, storeDir).lines(new Lines(text), true);
  }

  /**
   * The closure in the JSON of {@code exportReferencesGraph}.
   *
   * @param name what the JSON is called in messages
   * @throws ImageException if it is malformed; line and column are named
   * @throws IOException if it cannot be read
   */
  public static Closure parseJson(String name, Reader json, String storeDir) throws IOException {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
      return new ReferencesGraph(name, storeDir).document(parser);
    } catch (JsonProcessingException e) {
      throw new ImageException(at(name, e.getLocation()) + e.getOriginalMessage(), e);
    }
  }

  /** Lines and the number of the last one. */
  private static final class Lines {
    private final BufferedReader reader;
    private int number;

    Lines(Reader reader) {
      this.reader =
          reader instanceof BufferedReader buffered ? buffered : new BufferedReader(reader);
    }

    @Nullable String next() throws IOException {
      number++;
      return reader.readLine();
    }
  }

  private Closure lines(Lines lines, boolean withHash) throws IOException {
    String first;
    while ((first = lines.next()) != null) {
      int start = lines.number;
      StorePath path = path(lines, first);
      Optional<NarHash> nar = withHash ? Optional.of(narHash(lines)) : Optional.empty();
      String deriver = line(lines, "the deriver of " + path);
      Optional<StorePath> from =
          deriver.isEmpty() ? Optional.empty() : Optional.of(path(lines, deriver));
      long count =
          number(lines, line(lines, "the number of references of " + path), MAX_REFERENCES);
      Set<StorePath> references = new TreeSet<>();
      for (long i = 0; i < count; i++) {
        references.add(path(lines, line(lines, "reference " + (i + 1) + " of " + path)));
      }
      PathInfo info = new PathInfo(path, nar, references, from, Optional.empty());
      if (infos.put(path, info) != null) {
        throw new ImageException(name + ":" + start + ": " + path + " is there twice");
      }
    }
    return closure();
  }

  private String line(Lines lines, String expected) throws IOException {
    String line = lines.next();
    if (line == null) {
      throw new ImageException(name + ":" + lines.number + ": ends where " + expected + " belongs");
    }
    return line;
  }

  private StorePath path(Lines lines, String text) throws ImageException {
    try {
      return StorePath.parse(storeDir, text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(name + ":" + lines.number + ": " + e.getMessage(), e);
    }
  }

  private NarHash narHash(Lines lines) throws IOException {
    String hash = line(lines, "a NAR's hash");
    Digest digest;
    try {
      digest = Hashes.parse(hash);
    } catch (IllegalArgumentException e) {
      throw new ImageException(name + ":" + lines.number + ": " + e.getMessage(), e);
    }
    return new NarHash(digest, number(lines, line(lines, "a NAR's size"), Long.MAX_VALUE));
  }

  private long number(Lines lines, String text, long max) throws ImageException {
    try {
      long number = Long.parseLong(text);
      if (number >= 0 && number <= max && Character.isDigit(text.charAt(0))) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new ImageException(notANumber(lines, text), e);
    }
    throw new ImageException(notANumber(lines, text));
  }

  private String notANumber(Lines lines, String text) {
    return name + ":" + lines.number + ": expected a number, not '" + text + "'";
  }

  private Closure closure() throws ImageException {
    for (PathInfo info : infos.values()) {
      for (StorePath reference : info.references()) {
        if (!infos.containsKey(reference)) {
          throw new ImageException(
              name + ": " + info.path() + " refers to " + reference + ", which is not in it");
        }
      }
    }
    return Closure.of(infos.values());
  }

  private Closure document(JsonParser parser) throws IOException {
    JsonToken start = parser.nextToken();
    if (start == JsonToken.START_OBJECT) {
      attributes(parser);
    } else {
      array(parser, start);
    }
    if (parser.nextToken() != null) {
      throw new ImageException(here(parser) + "expected nothing after the closure");
    }
    return closure();
  }

  /** The attributes of a derivation, of which one is the array. */
  private void attributes(JsonParser parser) throws IOException {
    boolean found = false;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      if (key.equals("closure")) {
        array(parser, value);
        found = true;
      } else {
        parser.skipChildren();
      }
    }
    if (!found) {
      throw new ImageException(here(parser) + "attributes without 'closure'");
    }
  }

  private void array(JsonParser parser, @Nullable JsonToken start) throws IOException {
    expect(parser, start, JsonToken.START_ARRAY, "an array of paths");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser, parser.currentToken(), JsonToken.START_OBJECT, "an object for a path");
      object(parser);
    }
  }

  private void object(JsonParser parser) throws IOException {
    String start = here(parser);
    @Nullable StorePath path = null;
    @Nullable StorePath deriver = null;
    @Nullable Digest hash = null;
    @Nullable Set<StorePath> references = null;
    @Nullable String contentAddress = null;
    long size = -1;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      JsonToken value = parser.nextToken();
      boolean given = value != JsonToken.VALUE_NULL;
      switch (key) {
        case "path" -> path = path(parser, key);
        case "narHash" -> hash = given ? hash(parser) : null;
        case "narSize" -> size = given ? size(parser) : -1;
        case "references" -> references = references(parser);
        case "deriver" -> deriver = given ? path(parser, key) : null;
        case "ca" -> contentAddress = given ? text(parser, key) : null;
        default -> parser.skipChildren();
      }
    }
    if (path == null || references == null) {
      throw new ImageException(
          start + "an object without '" + (path == null ? "path" : "references") + "'");
    }
    if ((hash == null) != (size < 0)) {
      throw new ImageException(start + path + " has only one of 'narHash' and 'narSize'");
    }
    PathInfo info =
        new PathInfo(
            path,
            hash == null ? Optional.empty() : Optional.of(new NarHash(hash, size)),
            references,
            Optional.ofNullable(deriver),
            Optional.ofNullable(contentAddress).filter(ca -> !ca.isEmpty()));
    if (infos.put(path, info) != null) {
      throw new ImageException(start + path + " is there twice");
    }
  }

  private Set<StorePath> references(JsonParser parser) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, "an array as 'references'");
    Set<StorePath> references = new TreeSet<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      references.add(path(parser, "references"));
    }
    return references;
  }

  private StorePath path(JsonParser parser, String key) throws IOException {
    String text = text(parser, key);
    try {
      return StorePath.parse(storeDir, text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(here(parser) + e.getMessage(), e);
    }
  }

  private Digest hash(JsonParser parser) throws IOException {
    String text = text(parser, "narHash");
    try {
      return Hashes.parse(text);
    } catch (IllegalArgumentException e) {
      throw new ImageException(here(parser) + e.getMessage(), e);
    }
  }

  private long size(JsonParser parser) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, "a number as 'narSize'");
    long size = parser.getLongValue();
    if (size < 0) {
      throw new ImageException(here(parser) + "'narSize' is negative");
    }
    return size;
  }

  private String text(JsonParser parser, String key) throws IOException {
    expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, "a string in '" + key + "'");
    return parser.getText();
  }

  private void expect(
      JsonParser parser, @Nullable JsonToken actual, JsonToken wanted, String description)
      throws ImageException {
    if (actual != wanted) {
      throw new ImageException(here(parser) + "expected " + description);
    }
  }

  private String here(JsonParser parser) {
    return at(name, parser.currentTokenLocation());
  }

  private static String at(String name, @Nullable JsonLocation location) {
    return location == null
        ? name + ": "
        : name + ":" + location.getLineNr() + ":" + location.getColumnNr() + ": ";
  }
}
