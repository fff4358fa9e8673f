package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a database of Nix's, schema 10, that somebody made who may mean harm. It is read once,
 * row by row, so that its size takes no memory, and only if its tables are what they seem to be:
 * views and columns that are computed could take for ever.
 */
final class ForeignDatabase implements AutoCloseable {
  /** More paths than any image holds. */
  private static final int MOST_PATHS = 1 << 20;

  /** More references or outputs than any image holds. */
  private static final int MOST_LINKS = 1 << 25;

  /** PATH_MAX of Linux. */
  private static final int MOST_PATH = 4096;

  private static final String OUTPUTS = "DerivationOutputs";

  private final SqliteFile file;
  private final String name;
  private final String storeDir;

  /**
   * The database in {@code file}, which may have a write-ahead log beside it.
   *
   * @param name what it is called in messages
   * @param storeDir the logical store directory of the paths in it
   */
  ForeignDatabase(Path file, String name, String storeDir) {
    this.file = new SqliteFile(file, SqliteFile.Access.FOREIGN, name);
    this.name = name;
    this.storeDir = storeDir;
  }

  /**
   * A row of {@code ValidPaths}.
   *
   * @param id what references call it
   * @param path the path
   * @param nar the hash and size of its NAR
   * @param time when it was registered, in seconds since 1970
   * @param deriver the path of the derivation it was built from
   * @param ultimate whether it was built where it was registered; null if that is not said
   * @param signatures the signatures of the above
   * @param contentAddress how its path follows from its content
   */
  record Row(
      long id,
      StorePath path,
      NarHash nar,
      long time,
      @Nullable String deriver,
      @Nullable Long ultimate,
      @Nullable String signatures,
      @Nullable String contentAddress) {}

  /** Takes what is read. */
  interface Sink {
    /** The next path, in order. */
    void path(Row row) throws IOException;

    /** There are no more paths. */
    void endOfPaths() throws IOException;

    /** A reference of one row to another, after all paths, those of one referrer together. */
    void reference(long referrer, long reference) throws IOException;

    /** An output of a derivation, after all paths. */
    void output(long derivation, String output, String path) throws IOException;
  }

  /**
   * Reads everything.
   *
   * @throws ImageException if it is damaged, or no such database
   * @throws IOException if it cannot be read, or from {@code sink}
   */
  void read(Sink sink) throws IOException {
    file.snapshot(() -> {
      check();
      paths(sink);
      sink.endOfPaths();
      references(sink);
      outputs(sink);
      return true;
    });
  }

  private void check() throws SQLException, IOException {
    Set<String> tables = new TreeSet<>();
    try (ResultSet result =
        file.prepare("select name from pragma_table_list where schema = 'main' and type = 'table'")
            .executeQuery()) {
      while (result.next()) {
        tables.add(result.getString(1));
      }
    }
    for (String table : new String[] {"ValidPaths", "Refs", OUTPUTS}) {
      if (!tables.contains(table)) {
        throw new ImageException(
            name + " is not a database of Nix's schema 10: it has no table " + table);
      }
      PreparedStatement computed =
          file.prepare("select name from pragma_table_xinfo(?1) where hidden <> 0");
      computed.setString(1, table);
      try (ResultSet result = computed.executeQuery()) {
        if (result.next()) {
          throw damaged("a column of " + table + " is computed");
        }
      }
    }
    try (ResultSet result = file.prepare("pragma quick_check(1)").executeQuery()) {
      if (!result.next() || !"ok".equals(result.getString(1))) {
        throw damaged("its pages do not fit together");
      }
    }
  }

  private void paths(Sink sink) throws SQLException, IOException {
    PreparedStatement statement =
        file.prepare(
            "select id, path, hash, narSize, registrationTime, deriver, ultimate, sigs, ca"
                + " from ValidPaths order by path collate binary");
    int count = 0;
    StorePath last = null;
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        if (++count > MOST_PATHS) {
          throw new ImageException(name + " has more than " + MOST_PATHS + " paths");
        }
        StorePath path = storePath(result.getString(2));
        if (last != null && path.compareTo(last) <= 0) {
          throw damaged(path + " is in it twice");
        }
        last = path;
        long ultimate = result.getLong(7);
        sink.path(
            new Row(
                result.getLong(1),
                path,
                nar(path, result.getString(3), result.getLong(4)),
                result.getLong(5),
                deriver(result.getString(6)),
                result.wasNull() || ultimate == 0 ? null : 1L,
                text(result.getString(8)),
                text(result.getString(9))));
      }
    }
  }

  private void references(Sink sink) throws SQLException, IOException {
    try (ResultSet result =
        file.prepare("select referrer, reference from Refs order by referrer").executeQuery()) {
      for (int count = 0; result.next(); count++) {
        requireFew(count);
        sink.reference(result.getLong(1), result.getLong(2));
      }
    }
  }

  private void outputs(Sink sink) throws SQLException, IOException {
    try (ResultSet result = file.prepare("select drv, id, path from " + OUTPUTS).executeQuery()) {
      for (int count = 0; result.next(); count++) {
        requireFew(count);
        String output = result.getString(2);
        if (output == null) {
          throw damaged("an output has no name");
        }
        sink.output(result.getLong(1), output, storePath(result.getString(3)).toString());
      }
    }
  }

  private void requireFew(int count) throws ImageException {
    if (count > MOST_LINKS) {
      throw new ImageException(name + " has more than " + MOST_LINKS + " references or outputs");
    }
  }

  private static @Nullable String text(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private @Nullable String deriver(@Nullable String text) throws ImageException {
    return text == null || text.isEmpty() ? null : storePath(text).toString();
  }

  private StorePath storePath(@Nullable String text) throws ImageException {
    if (text == null || text.length() > MOST_PATH) {
      throw damaged("a path is " + (text == null ? "null" : "too long"));
    }
    try {
      return StorePath.parse(storeDir, text);
    } catch (IllegalArgumentException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private NarHash nar(StorePath path, @Nullable String hash, long size) throws ImageException {
    if (hash == null || hash.length() > MOST_PATH) {
      throw damaged(path + " has no hash");
    }
    try {
      return new NarHash(Hashes.parse(hash), size);
    } catch (IllegalArgumentException e) {
      throw damaged("the hash of " + path + ": " + String.valueOf(e.getMessage()));
    }
  }

  /** The failure that it is to hold this. */
  ImageException damaged(String what) {
    return new ImageException(name + " is damaged: " + what);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
