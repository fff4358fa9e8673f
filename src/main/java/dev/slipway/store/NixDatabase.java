package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Nix's SQLite database of valid paths, schema 10, for reading. Every answer comes from one
 * snapshot, while others may write. The file is opened at the first question: SQLite's library
 * takes a while to load.
 *
 * <p>Beside Nix's tables there may be {@value #FOREIGN}: references to paths of another store, for
 * which Nix's {@code Refs} has no room. Nix does not look at it.
 */
final class NixDatabase implements AutoCloseable {
  /** The table of references to paths that are not valid in this store. */
  static final String FOREIGN = "SlipwayForeignRefs";

  /** The version of Nix's tables. */
  static final String SCHEMA = "10";

  private final SqliteFile file;
  private final String storeDir;

  /**
   * The database in {@code file}, of which nothing is looked at yet.
   *
   * @param file {@code db.sqlite}
   * @param storeDir the logical store directory of the paths in it
   */
  NixDatabase(Path file, String storeDir) {
    this(new SqliteFile(file, SqliteFile.Access.READING), storeDir);
  }

  NixDatabase(SqliteFile file, String storeDir) {
    this.file = file;
    this.storeDir = storeDir;
  }

  Path path() {
    return file.path();
  }

  /** Whether it is there and has its tables: like Nix, the schema is written down after them. */
  boolean exists() {
    return Files.exists(file.path()) && Files.exists(schema());
  }

  private Path schema() {
    return file.path().resolveSibling("schema");
  }

  /** What is known of those of {@code paths} that are valid. */
  Map<StorePath, PathInfo> query(Collection<StorePath> paths) throws IOException {
    return ask(() -> rowsByPath(paths), false);
  }

  /**
   * What is known of those of {@code roots} that are valid and of all valid paths that they reach.
   */
  Map<StorePath, PathInfo> reach(Collection<StorePath> roots) throws IOException {
    return ask(() -> rowsByPath(roots), true);
  }

  /** The valid paths with these hash parts. */
  Set<StorePath> queryHashParts(Collection<String> hashParts) throws IOException {
    List<String> prefixes = hashParts.stream().map(part -> storeDir + "/" + part).toList();
    // A dash follows every hash part, and a dot is the character behind the dash.
    List<Row> rows =
        ask(() ->
            rows(
                "select "
                    + Row.COLUMNS
                    + " from (select distinct value from json_each(?1)) j"
                    + " cross join ValidPaths v on v.path > j.value || '-'"
                    + " and v.path < j.value || '.'",
                json(prefixes)));
    return rows.stream().map(row -> row.path).collect(Collectors.toCollection(TreeSet::new));
  }

  /** All that is known. */
  Map<StorePath, PathInfo> all() throws IOException {
    return ask(() -> rows("select " + Row.COLUMNS + " from ValidPaths v where ?1 = ''", ""), false);
  }

  private <T> T ask(SqliteFile.Work<T> question) throws IOException {
    checkSchema();
    return file.snapshot(question);
  }

  private Map<StorePath, PathInfo> ask(SqliteFile.Work<List<Row>> start, boolean transitive)
      throws IOException {
    return ask(() -> {
      Graph graph = new Graph();
      graph.add(start.run());
      graph.connect(transitive);
      return graph.infos();
    });
  }

  /** The paths and rows that one question has met so far. */
  private final class Graph {
    private final Map<Long, Row> rows = new HashMap<>();
    private final Map<Row, Set<StorePath>> references = new LinkedHashMap<>();

    /** The rows whose references are not read yet. */
    private List<Row> frontier = new ArrayList<>();

    private final boolean hasForeign;

    Graph() throws SQLException {
      hasForeign = file.hasTable(FOREIGN);
    }

    void add(List<Row> more) {
      for (Row row : more) {
        if (rows.putIfAbsent(row.id, row) == null) {
          frontier.add(row);
        }
      }
    }

    /** Reads the references of all rows, and if asked the rows that those lead to, and so on. */
    void connect(boolean transitive) throws SQLException, IOException {
      while (!frontier.isEmpty()) {
        List<Row> level = frontier;
        frontier = new ArrayList<>();
        List<long[]> edges = edges(level);
        Set<Long> unknown = new HashSet<>();
        for (long[] edge : edges) {
          if (!rows.containsKey(edge[1])) {
            unknown.add(edge[1]);
          }
        }
        List<Row> targets = rowsById(unknown);
        Map<Long, StorePath> others = new HashMap<>();
        if (transitive) {
          add(targets);
        } else {
          targets.forEach(row -> others.put(row.id, row.path));
        }
        level.forEach(row -> references.put(row, new HashSet<>()));
        for (long[] edge : edges) {
          Row target = rows.get(edge[1]);
          StorePath path = target != null ? target.path : others.get(edge[1]);
          Row referrer = rows.get(edge[0]);
          if (path == null || referrer == null) {
            throw damaged("a reference leads to no path");
          }
          referencesOf(referrer).add(path);
        }
        if (hasForeign) {
          connectForeign(level, transitive);
        }
      }
    }

    private void connectForeign(List<Row> level, boolean transitive)
        throws SQLException, IOException {
      Set<StorePath> foreign = new TreeSet<>();
      PreparedStatement statement =
          file.prepare(
              "select f.referrer, f.path from "
                  + FOREIGN
                  + " f where f.referrer in (select value from json_each(?1))");
      statement.setString(1, json(level.stream().map(row -> row.id).toList()));
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          Row referrer = rows.get(result.getLong(1));
          if (referrer != null) {
            StorePath path = storePath(result.getString(2));
            referencesOf(referrer).add(path);
            foreign.add(path);
          }
        }
      }
      if (transitive && !foreign.isEmpty()) {
        add(rowsByPath(foreign)); // What was foreign once may have become valid here.
      }
    }

    private Set<StorePath> referencesOf(Row row) {
      return references.computeIfAbsent(row, _ -> new HashSet<>());
    }

    Map<StorePath, PathInfo> infos() {
      Map<StorePath, PathInfo> infos = new HashMap<>();
      references.forEach((row, paths) ->
          infos.put(
              row.path, new PathInfo(row.path, row.nar, paths, row.deriver, row.contentAddress)));
      return infos;
    }
  }

  /** A row of {@code ValidPaths}; equal to itself only. */
  private static final class Row {
    static final String COLUMNS = "v.id, v.path, v.hash, v.narSize, v.deriver, v.ca";

    final long id;
    final StorePath path;
    final Optional<NarHash> nar;
    final Optional<StorePath> deriver;
    final Optional<String> contentAddress;

    Row(
        long id,
        StorePath path,
        Optional<NarHash> nar,
        Optional<StorePath> deriver,
        Optional<String> contentAddress) {
      this.id = id;
      this.path = path;
      this.nar = nar;
      this.deriver = deriver;
      this.contentAddress = contentAddress;
    }
  }

  private List<Row> rowsByPath(Collection<StorePath> paths) throws SQLException, IOException {
    return rows(
        "select "
            + Row.COLUMNS
            + " from (select distinct value from json_each(?1)) j"
            + " cross join ValidPaths v on v.path = j.value",
        json(paths));
  }

  private List<Row> rowsById(Collection<Long> ids) throws SQLException, IOException {
    if (ids.isEmpty()) {
      return List.of();
    }
    return rows(
        "select " + Row.COLUMNS + " from json_each(?1) j cross join ValidPaths v on v.id = j.value",
        json(ids));
  }

  private List<Row> rows(String sql, String parameter) throws SQLException, IOException {
    PreparedStatement statement = file.prepare(sql);
    statement.setString(1, parameter);
    List<Row> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        StorePath path = storePath(result.getString(2));
        String hash = result.getString(3);
        long size = result.getLong(4);
        String deriver = result.getString(5);
        rows.add(
            new Row(
                result.getLong(1),
                path,
                size > 0 ? Optional.of(narHash(path, hash, size)) : Optional.empty(),
                isEmpty(deriver) ? Optional.empty() : Optional.of(storePath(deriver)),
                Optional.ofNullable(result.getString(6)).filter(ca -> !ca.isEmpty())));
      }
    }
    return rows;
  }

  private List<long[]> edges(List<Row> referrers) throws SQLException {
    PreparedStatement statement =
        file.prepare(
            "select r.referrer, r.reference from json_each(?1) j"
                + " cross join Refs r on r.referrer = j.value");
    statement.setString(1, json(referrers.stream().map(row -> row.id).toList()));
    List<long[]> edges = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        edges.add(new long[] {result.getLong(1), result.getLong(2)});
      }
    }
    return edges;
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private StorePath storePath(@Nullable String text) throws ImageException {
    if (text == null) {
      throw damaged("a path is null");
    }
    try {
      return StorePath.parse(storeDir, text);
    } catch (IllegalArgumentException e) {
      throw damaged(e.getMessage());
    }
  }

  private NarHash narHash(StorePath path, @Nullable String hash, long size) throws ImageException {
    try {
      return new NarHash(Hashes.parse(hash == null ? "" : hash), size);
    } catch (IllegalArgumentException e) {
      throw damaged("the hash of " + path + ": " + e.getMessage());
    }
  }

  ImageException damaged(@Nullable String what) {
    return new ImageException(file.path() + " is damaged: " + what);
  }

  private static String json(Collection<?> values) {
    StringBuilder out = new StringBuilder("[");
    for (Object value : values) {
      if (out.length() > 1) {
        out.append(',');
      }
      if (value instanceof Long number) {
        out.append(number);
      } else {
        out.append('"').append(value.toString().replace("\\", "\\\\").replace("\"", "\\\""));
        out.append('"');
      }
    }
    return out.append(']').toString();
  }

  private void checkSchema() throws IOException {
    String version = Files.readString(schema()).strip();
    if (!version.equals(SCHEMA)) {
      throw new ImageException(
          schema() + " says '" + version + "', but only Nix's schema " + SCHEMA + " is known");
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
