package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes Nix's database of one closure, schema 10, as a file of its own: the same bytes for the same
 * closure. Rows are in the order of their paths, pages have 4 KiB and are packed, there is no
 * write-ahead log, and the three fields of SQLite's header that tell which library wrote it, and
 * how often, have fixed values (SQLite, "Database File Format", 1.3).
 */
public final class ClosureDatabase {
  /** What the file {@code schema} beside a database says. */
  public static final String SCHEMA = NixDatabase.SCHEMA;

  private static final List<String> SCRATCH =
      List.of(
          """
          create temp table Paths (
              path text primary key not null, hash text not null, time integer not null,
              deriver text, narSize integer, ultimate integer, sigs text, ca text,
              belowId integer, below integer not null
          ) without rowid\
          """,
          "create temp table Below (belowId integer primary key, id integer, counts integer)",
          """
          create temp table Links (
              referrer integer not null, reference integer not null,
              primary key (referrer, reference)
          ) without rowid\
          """,
          """
          create temp table Outputs (
              drv integer not null, id text not null, path text not null, primary key (drv, id)
          ) without rowid\
          """);

  /** SQLite's header: the file change counter, and which of its values the version is valid for. */
  private static final int CHANGES = 24;

  private static final int VALID_FOR = 92;
  private static final int LIBRARY_VERSION = 96;

  /** What is said to have written the file, whichever library has: nothing depends on it. */
  private static final int FIXED_VERSION = 3_008_000;

  private final Store store;
  private final long time;
  private final Consumer<String> warnings;

  /**
   * Makes databases.
   *
   * @param store has the objects: the NARs of those whose hash is not known are read
   * @param time when paths are said to have been registered, in seconds since 1970
   * @param warnings hears of paths that were built differently below
   */
  public ClosureDatabase(Store store, long time, Consumer<String> warnings) {
    this.store = store;
    this.time = time;
    this.warnings = warnings;
  }

  /**
   * A database that is there already, made by somebody who may mean harm.
   *
   * @param file a copy of it, perhaps with its write-ahead log beside it, that may be changed
   * @param name what it is called in messages
   * @param wins whether its row of a path counts that both have; references and outputs likewise
   */
  public record Below(Path file, String name, boolean wins) {}

  /**
   * Writes the database of {@code closure} and, if there is one, of all paths of another.
   *
   * @param file where it is put; nothing may be there
   * @throws ImageException if the other one is damaged or no such database
   * @throws IOException if it cannot be written
   */
  public void write(Path file, Closure closure, Optional<Below> below) throws IOException {
    Path scratch = file.resolveSibling(file.getFileName() + ".making");
    try (SqliteFile making = new SqliteFile(scratch, SqliteFile.Access.MAKING, file.toString())) {
      making.update(() -> {
        new Making(making, closure, below).run();
        return true;
      });
      making.vacuumInto(file);
    } finally {
      Files.deleteIfExists(scratch);
    }
    fix(file);
  }

  /** Puts fixed values where SQLite says what wrote the file. */
  private static void fix(Path file) throws IOException {
    try (FileChannel header = FileChannel.open(file, StandardOpenOption.WRITE)) {
      put(header, CHANGES, 1);
      put(header, VALID_FOR, 1);
      put(header, LIBRARY_VERSION, FIXED_VERSION);
    }
  }

  private static void put(FileChannel file, int offset, int value) throws IOException {
    file.write(ByteBuffer.allocate(Integer.BYTES).putInt(0, value), offset);
  }

  /** The making of one. */
  private final class Making {
    private final SqliteFile out;
    private final Closure closure;
    private final Optional<Below> below;

    Making(SqliteFile out, Closure closure, Optional<Below> below) {
      this.out = out;
      this.closure = closure;
      this.below = below;
    }

    void run() throws SQLException, IOException {
      for (String table : NixDatabaseWriter.TABLES) {
        out.execute(table);
      }
      for (String table : SCRATCH) {
        out.execute(table);
      }
      for (PathInfo info : closure) {
        addOwn(info);
      }
      if (below.isPresent()) {
        try (ForeignDatabase database =
            new ForeignDatabase(below.get().file(), below.get().name(), store.storeDir())) {
          database.read(new Merge(database, below.get()));
        }
      } else {
        number();
      }
      for (PathInfo info : closure) {
        for (StorePath reference : info.references()) {
          refer(info.path(), reference);
        }
        if (info.path().name().endsWith(Derivation.EXTENSION)) {
          addOutputs(info.path());
        }
      }
      out.execute(
          "insert into Refs (referrer, reference)"
              + " select referrer, reference from Links order by referrer, reference");
      out.execute(
          "insert into DerivationOutputs (drv, id, path)"
              + " select drv, id, path from Outputs order by drv, id");
    }

    private void addOwn(PathInfo info) throws SQLException, IOException {
      NarHash nar = info.nar().isPresent() ? info.nar().get() : Nar.hash(store.locate(info.path()));
      PreparedStatement row =
          out.prepare(
              "insert into Paths (path, hash, time, deriver, narSize, ca, below)"
                  + " values (?1, ?2, ?3, ?4, ?5, ?6, 0)");
      row.setString(1, info.path().toString());
      row.setString(2, nar.digest().toString());
      row.setLong(3, time);
      setText(row, 4, info.deriver().map(StorePath::toString).orElse(null));
      row.setLong(5, nar.size());
      setText(row, 6, info.contentAddress().orElse(null));
      row.executeUpdate();
    }

    /** Gives all paths their numbers, in their order. */
    private void number() throws SQLException {
      out.execute(
          "insert into ValidPaths"
              + " (path, hash, registrationTime, deriver, narSize, ultimate, sigs, ca)"
              + " select path, hash, time, deriver, narSize, ultimate, sigs, ca"
              + " from Paths order by path");
      out.execute(
          "insert into Below (belowId, id, counts) select p.belowId, v.id, p.below"
              + " from Paths p join ValidPaths v on v.path = p.path where p.belowId is not null");
    }

    /** Of a path whose row is the one from below, the references are, too. */
    private void refer(StorePath referrer, StorePath reference) throws SQLException {
      PreparedStatement link =
          out.prepare(
              "insert or ignore into Links (referrer, reference) select a.id, b.id"
                  + " from ValidPaths a, ValidPaths b"
                  + " where a.path = ?1 and b.path = ?2"
                  + " and not (select below from Paths p where p.path = ?1)");
      link.setString(1, referrer.toString());
      link.setString(2, reference.toString());
      link.executeUpdate();
    }

    private void addOutputs(StorePath path) throws SQLException, IOException {
      if (!Files.isRegularFile(store.locate(path), LinkOption.NOFOLLOW_LINKS)) {
        return;
      }
      Derivation derivation;
      try {
        derivation = Derivation.read(store, path);
      } catch (ImageException e) {
        return; // Only its name says that it is one.
      }
      PreparedStatement added =
          out.prepare(
              "insert or ignore into Outputs (drv, id, path)"
                  + " select id, ?2, ?3 from ValidPaths where path = ?1");
      for (Map.Entry<String, Derivation.Output> output : derivation.outputs().entrySet()) {
        if (!output.getValue().path().isEmpty()) {
          added.setString(1, path.toString());
          added.setString(2, output.getKey());
          added.setString(3, output.getValue().path());
          added.executeUpdate();
        }
      }
    }

    /** Adds what is below. */
    private final class Merge implements ForeignDatabase.Sink {
      private final ForeignDatabase database;
      private final Below below;

      Merge(ForeignDatabase database, Below below) {
        this.database = database;
        this.below = below;
      }

      @Override
      public void path(ForeignDatabase.Row row) throws IOException {
        try {
          add(row);
        } catch (SQLException e) {
          throw out.failure(e);
        }
      }

      private void add(ForeignDatabase.Row row) throws SQLException {
        Optional<PathInfo> own = closure.get(row.path());
        if (own.isPresent()) {
          own.get()
              .nar()
              .filter(nar -> !nar.equals(row.nar()))
              .ifPresent(_ -> warnings.accept(differs(row.path())));
        }
        if (own.isPresent() && !below.wins()) {
          PreparedStatement known = out.prepare("update Paths set belowId = ?2 where path = ?1");
          known.setString(1, row.path().toString());
          known.setLong(2, row.id());
          known.executeUpdate();
          return;
        }
        PreparedStatement added =
            out.prepare(
                "insert or replace into Paths"
                    + " (path, hash, time, deriver, narSize, ultimate, sigs, ca, belowId, below)"
                    + " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1)");
        added.setString(1, row.path().toString());
        added.setString(2, row.nar().digest().toString());
        added.setLong(3, row.time());
        setText(added, 4, row.deriver());
        added.setLong(5, row.nar().size());
        if (row.ultimate() == null) {
          added.setNull(6, Types.INTEGER);
        } else {
          added.setLong(6, row.ultimate());
        }
        setText(added, 7, row.signatures());
        setText(added, 8, row.contentAddress());
        added.setLong(9, row.id());
        added.executeUpdate();
      }

      private String differs(StorePath path) {
        return "%s was built differently in the base image; the %s is kept"
            .formatted(path, below.wins() ? "base's" : "new one");
      }

      @Override
      public void reference(long referrer, long reference) throws IOException {
        try {
          Known from = known(referrer);
          Known to = known(reference);
          if (from.counts()) {
            PreparedStatement link =
                out.prepare("insert or ignore into Links (referrer, reference) values (?1, ?2)");
            link.setLong(1, from.id());
            link.setLong(2, to.id());
            link.executeUpdate();
          }
        } catch (SQLException e) {
          throw out.failure(e);
        }
      }

      @Override
      public void output(long derivation, String output, String path) throws IOException {
        try {
          PreparedStatement added =
              out.prepare("insert or ignore into Outputs (drv, id, path) values (?1, ?2, ?3)");
          added.setLong(1, known(derivation).id());
          added.setString(2, output);
          added.setString(3, path);
          added.executeUpdate();
        } catch (SQLException e) {
          throw out.failure(e);
        }
      }

      @Override
      public void endOfPaths() throws IOException {
        try {
          number();
        } catch (SQLException e) {
          throw out.failure(e);
        }
      }

      /** What became of a row from below. */
      private Known known(long belowId) throws SQLException, IOException {
        PreparedStatement statement =
            out.prepare("select id, counts from Below where belowId = ?1");
        statement.setLong(1, belowId);
        try (ResultSet result = statement.executeQuery()) {
          if (!result.next()) {
            throw database.damaged("a reference leads to no path");
          }
          return new Known(result.getLong(1), result.getLong(2) != 0);
        }
      }
    }
  }

  /**
   * A row from below.
   *
   * @param id its new number
   * @param counts whether it was taken over, and not the row of the same path above
   */
  private record Known(long id, boolean counts) {}

  private static void setText(PreparedStatement statement, int index, @Nullable String value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      statement.setString(index, value);
    }
  }
}
