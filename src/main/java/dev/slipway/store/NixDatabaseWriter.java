package dev.slipway.store;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Makes Nix's database of valid paths and changes it, each time in one transaction. */
final class NixDatabaseWriter {
  /** What makes the tables that Nix has, their indexes and triggers. */
  static final List<String> TABLES =
      List.of(
          """
          create table if not exists ValidPaths (
              id               integer primary key autoincrement not null,
              path             text unique not null,
              hash             text not null,
              registrationTime integer not null,
              deriver          text,
              narSize          integer,
              ultimate         integer,
              sigs             text,
              ca               text
          )\
          """,
          """
          create table if not exists Refs (
              referrer  integer not null,
              reference integer not null,
              primary key (referrer, reference),
              foreign key (referrer) references ValidPaths(id) on delete cascade,
              foreign key (reference) references ValidPaths(id) on delete restrict
          )\
          """,
          "create index if not exists IndexReferrer on Refs(referrer)",
          "create index if not exists IndexReference on Refs(reference)",
          """
          create trigger if not exists DeleteSelfRefs before delete on ValidPaths begin
              delete from Refs where referrer = old.id and reference = old.id;
          end\
          """,
          """
          create table if not exists DerivationOutputs (
              drv  integer not null,
              id   text not null,
              path text not null,
              primary key (drv, id),
              foreign key (drv) references ValidPaths(id) on delete cascade
          )\
          """,
          "create index if not exists IndexDerivationOutputs on DerivationOutputs(path)");

  private static final String FOREIGN_TABLE =
      """
      create table if not exists %s (
          referrer  integer not null,
          path      text not null,
          primary key (referrer, path),
          foreign key (referrer) references ValidPaths(id) on delete cascade
      )\
      """
          .formatted(NixDatabase.FOREIGN);

  private final SqliteFile file;

  NixDatabaseWriter(SqliteFile file) {
    this.file = file;
  }

  /**
   * Makes the database and the file that says its schema, where they are missing. No other process
   * may be doing the same.
   */
  void create() throws IOException {
    Path schema = file.path().resolveSibling("schema");
    if (Files.exists(schema)) {
      return;
    }
    file.update(() -> {
      for (String table : TABLES) {
        file.execute(table);
      }
      return true;
    });
    Path beside = schema.resolveSibling("schema.tmp");
    try (FileChannel out =
        FileChannel.open(
            beside,
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      out.write(ByteBuffer.wrap("10".getBytes(StandardCharsets.US_ASCII)));
      out.force(true);
    }
    Files.move(beside, schema, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Refuses a database whose paths lie in another store directory than {@code storeDir}: their
   * objects would lie among those of this one, and be rubbish to it.
   *
   * @throws ImageException if there are any
   */
  void expectStoreDir(String storeDir) throws IOException {
    Optional<String> first =
        file.snapshot(() -> {
          try (ResultSet result =
              file.prepare("select path from ValidPaths limit 1").executeQuery()) {
            return result.next() ? Optional.ofNullable(result.getString(1)) : Optional.empty();
          }
        });
    if (first.isPresent() && !first.get().startsWith(storeDir + "/")) {
      throw new ImageException(
          "%s is of another store directory than %s: it holds %s"
              .formatted(file.path(), storeDir, first.get()));
    }
  }

  /**
   * Makes {@code info.path()} valid, unless it is.
   *
   * @param info what is to be known of it; its NAR's hash among it
   * @param time when it was registered
   */
  void register(PathInfo info, Instant time) throws IOException {
    NarHash nar = info.nar().orElseThrow();
    file.update(() -> {
      PreparedStatement path =
          file.prepare(
              "insert or ignore into ValidPaths"
                  + " (path, hash, registrationTime, deriver, narSize, ca)"
                  + " values (?1, ?2, ?3, ?4, ?5, ?6)");
      path.setString(1, info.path().toString());
      path.setString(2, nar.digest().toString());
      path.setLong(3, time.getEpochSecond());
      setOptional(path, 4, info.deriver().map(StorePath::toString).orElse(""));
      path.setLong(5, nar.size());
      setOptional(path, 6, info.contentAddress().orElse(""));
      if (path.executeUpdate() > 0) {
        for (StorePath reference : info.references()) {
          refer(info.path(), reference);
        }
      }
      return true;
    });
  }

  private static void setOptional(PreparedStatement statement, int index, String value)
      throws SQLException {
    if (value.isEmpty()) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      statement.setString(index, value);
    }
  }

  private void refer(StorePath referrer, StorePath reference) throws SQLException {
    PreparedStatement own =
        file.prepare(
            "insert or ignore into Refs (referrer, reference) select a.id, b.id"
                + " from ValidPaths a, ValidPaths b where a.path = ?1 and b.path = ?2");
    own.setString(1, referrer.toString());
    own.setString(2, reference.toString());
    if (own.executeUpdate() == 0) {
      file.execute(FOREIGN_TABLE);
      PreparedStatement foreign =
          file.prepare(
              "insert or ignore into "
                  + NixDatabase.FOREIGN
                  + " (referrer, path) select a.id, ?2 from ValidPaths a where a.path = ?1");
      foreign.setString(1, referrer.toString());
      foreign.setString(2, reference.toString());
      foreign.executeUpdate();
    }
  }

  /** Makes {@code paths} invalid; no valid path that is not among them may refer to one. */
  void delete(Collection<StorePath> paths) throws IOException {
    file.update(() -> {
      PreparedStatement references =
          file.prepare(
              "delete from Refs where referrer = (select id from ValidPaths where path = ?1)");
      for (StorePath path : paths) {
        references.setString(1, path.toString());
        references.executeUpdate();
      }
      PreparedStatement rows = file.prepare("delete from ValidPaths where path = ?1");
      for (StorePath path : paths) {
        rows.setString(1, path.toString());
        rows.executeUpdate();
      }
      return true;
    });
  }
}
