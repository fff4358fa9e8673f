package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClosureDatabaseTest {
  private static final String DIR = "/nix/store";

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();

  private static StorePath path(String name) {
    String hash = NixBase32.encode(NixBase32.compress(digest(name).toBytes(), 20));
    return new StorePath(DIR, hash + "-" + name);
  }

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static PathInfo info(String name, String... references) {
    return new PathInfo(
        path(name),
        Optional.of(new NarHash(digest("nar of " + name), 100 + name.length())),
        Set.copyOf(Arrays.stream(references).map(ClosureDatabaseTest::path).toList()),
        Optional.empty(),
        Optional.empty());
  }

  private Path write(String name, Closure closure, Optional<ClosureDatabase.Below> below)
      throws IOException {
    Path file = folder.resolve(name);
    Store store = Stores.of(closure, DIR, folder);
    new ClosureDatabase(store, 315532800, warnings::add).write(file, closure, below);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::toString)).noneMatch(text -> text.endsWith(".making"));
    }
    return file;
  }

  private Path write(String name, PathInfo... infos) throws IOException {
    return write(name, Closure.of(List.of(infos)), Optional.empty());
  }

  private static List<String> dump(Path file, String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      while (result.next()) {
        List<String> cells = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          cells.add(String.valueOf(result.getString(i)));
        }
        rows.add(String.join(" ", cells));
      }
    }
    return rows;
  }

  private static void execute(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static Closure sample() {
    PathInfo app =
        new PathInfo(
            path("app"),
            Optional.of(new NarHash(digest("nar of app"), 4711)),
            Set.of(path("app"), path("lib"), path("data")),
            Optional.of(path("app.drv")),
            Optional.empty());
    PathInfo data =
        new PathInfo(
            path("data"),
            Optional.of(new NarHash(digest("nar of data"), 120)),
            Set.of(),
            Optional.empty(),
            Optional.of("fixed:r:sha256:0000000000000000000000000000000000000000000000000000"));
    return Closure.of(List.of(app, data, info("lib", "lib", "data")));
  }

  @Test
  void holdsWhatIsKnownOfTheClosureInTheOrderOfPaths() throws Exception {
    Path file = write("db.sqlite", sample(), Optional.empty());

    assertThat(dump(file, "select * from ValidPaths"))
        .containsExactly(
            "1 %s sha256:%s 315532800 null 120 null null fixed:r:sha256:%s"
                .formatted(path("data"), digest("nar of data").hex(), "0".repeat(52)),
            "2 %s sha256:%s 315532800 %s 4711 null null null"
                .formatted(path("app"), digest("nar of app").hex(), path("app.drv")),
            "3 %s sha256:%s 315532800 null 103 null null null"
                .formatted(path("lib"), digest("nar of lib").hex()));
    assertThat(dump(file, "select rowid, referrer, reference from Refs order by rowid"))
        .containsExactly("1 2 1", "2 2 2", "3 2 3", "4 3 1", "5 3 3");
    assertThat(dump(file, "select type, name from sqlite_schema where name not like 'sqlite%'"))
        .containsExactly(
            "table ValidPaths",
            "table Refs",
            "table DerivationOutputs",
            "index IndexReferrer",
            "index IndexReference",
            "index IndexDerivationOutputs",
            "trigger DeleteSelfRefs");
    assertThat(dump(file, "pragma journal_mode")).containsExactly("delete");
    assertThat(dump(file, "pragma integrity_check")).containsExactly("ok");
  }

  @Test
  void hasTheSameBytesEveryTime() throws Exception {
    byte[] bytes = Files.readAllBytes(write("a", sample(), Optional.empty()));

    assertThat(Files.readAllBytes(write("b", sample(), Optional.empty()))).isEqualTo(bytes);
    assertThat(Digest.of(bytes).hex())
        .isEqualTo("dc6b323679e2a07ab6acede683f16363c5b3325c671e70369387a930909297ab");
    assertThat(bytes).hasSize(45056);
  }

  @Test
  void isReadAsNixDatabasesAre() throws Exception {
    Closure closure = sample();
    Files.createDirectory(folder.resolve("db"));
    Files.writeString(folder.resolve("db/schema"), ClosureDatabase.SCHEMA);
    write("db/db.sqlite", closure, Optional.empty());

    try (NixDatabase database = new NixDatabase(folder.resolve("db/db.sqlite"), DIR)) {
      Map<StorePath, PathInfo> expected = new HashMap<>();
      closure.forEach(info -> expected.put(info.path(), info));
      assertThat(database.all()).isEqualTo(expected);
    }
  }

  @Test
  void hashesWhatNobodyHasHashed() throws Exception {
    StorePath text = path("text");
    Files.writeString(folder.resolve(text.baseName()), "text");
    PathInfo info =
        new PathInfo(text, Optional.empty(), Set.of(), Optional.empty(), Optional.empty());
    NarHash nar = Nar.hash(folder.resolve(text.baseName()));

    Path file = write("db.sqlite", info);

    assertThat(dump(file, "select hash, narSize from ValidPaths"))
        .containsExactly(nar.digest() + " " + nar.size());
  }

  private ClosureDatabase.Below below(Path file, boolean wins) {
    return new ClosureDatabase.Below(file, "the base's database", wins);
  }

  @Test
  void keepsAllThatIsBelow() throws Exception {
    Path base = write("base", info("a", "a", "b"), info("b"), info("c.drv"));
    execute(
        base,
        "update ValidPaths set registrationTime = 7, ultimate = 1, sigs = 'k:s', ca = 'text:x',"
            + " deriver = '"
            + path("b.drv")
            + "' where path = '"
            + path("b")
            + "'",
        "insert into DerivationOutputs select id, 'out', '"
            + path("c")
            + "' from ValidPaths"
            + " where path = '"
            + path("c.drv")
            + "'");
    Closure own = Closure.of(List.of(info("b"), info("d", "b")));

    Path file = write("both", own, Optional.of(below(base, true)));

    assertThat(names(file)).containsExactlyInAnyOrder("a a b", "b", "c.drv", "d b");
    assertThat(
            dump(
                file,
                "select registrationTime, ultimate, sigs, ca, deriver from ValidPaths"
                    + " where path = '"
                    + path("b")
                    + "'"))
        .containsExactly("7 1 k:s text:x " + path("b.drv"));
    assertThat(
            dump(
                file,
                "select v.path, o.id, o.path from DerivationOutputs o join ValidPaths v"
                    + " on v.id = o.drv"))
        .containsExactly(path("c.drv") + " out " + path("c"));
    assertThat(dump(file, "pragma foreign_key_check")).isEmpty();
    assertThat(warnings).isEmpty();
  }

  @Test
  void saysWhereAPathWasBuiltDifferentlyBelow() throws Exception {
    Path base = write("base", info("a", "b"), info("b"));
    PathInfo other =
        new PathInfo(
            path("a"),
            Optional.of(new NarHash(digest("other"), 5)),
            Set.of(path("c")),
            Optional.empty(),
            Optional.empty());
    Closure own = Closure.of(List.of(other, info("c")));

    Path above = write("above", own, Optional.of(below(base, false)));
    Path kept = write("kept", own, Optional.of(below(base, true)));

    assertThat(names(above)).containsExactlyInAnyOrder("a c", "b", "c");
    assertThat(names(kept)).containsExactlyInAnyOrder("a b", "b", "c");
    assertThat(warnings)
        .containsExactly(
            path("a") + " was built differently in the base image; the new one is kept",
            path("a") + " was built differently in the base image; the base's is kept");
  }

  /** Each path's name with those of its references. */
  private static List<String> names(Path file) throws SQLException {
    return dump(
            file,
            "select v.path || coalesce(' ' || (select group_concat(p, ' ') from (select w.path p"
                + " from Refs r join ValidPaths w on w.id = r.reference where r.referrer = v.id"
                + " order by substr(w.path, 45))), '') from ValidPaths v")
        .stream()
        .map(row -> row.replaceAll("/nix/store/[a-z0-9]{32}-", ""))
        .toList();
  }

  @Test
  void mergesAsSetsDo() throws Exception {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Map<StorePath, PathInfo> all = new TreeMap<>();
      List<String> known = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        String name = "p" + i;
        Set<String> references = new HashSet<>();
        for (String other : known) {
          if (random.nextInt(8) == 0) {
            references.add(other);
          }
        }
        PathInfo info = info(name, references.toArray(String[]::new));
        all.put(info.path(), info);
        known.add(name);
      }
      Closure whole = Closure.of(all.values());
      List<StorePath> paths = new ArrayList<>(all.keySet());
      Collections.shuffle(paths, random);
      Closure lower = whole.closure(paths.subList(0, random.nextInt(10)));
      Closure upper = whole.closure(paths.subList(30, 30 + random.nextInt(10)));
      Set<StorePath> union = new HashSet<>(lower.paths());
      union.addAll(upper.paths());

      Path base = write("base" + seed, lower, Optional.empty());
      Path merged = write("merged" + seed, upper, Optional.of(below(base, random.nextBoolean())));

      assertThat(Files.readAllBytes(merged))
          .as("seed %d", seed)
          .isEqualTo(
              Files.readAllBytes(write("union" + seed, whole.closure(union), Optional.empty())));
    }
  }

  @Test
  void takesInALogThatLiesBeside() throws Exception {
    Path base = folder.resolve("base");
    write("made", info("a"));
    Files.copy(folder.resolve("made"), base);
    try (Connection writer = DriverManager.getConnection("jdbc:sqlite:" + base);
        Statement statement = writer.createStatement()) {
      statement.execute("pragma journal_mode = wal");
      statement.execute(
          "insert into ValidPaths (path, hash, registrationTime, narSize) values ('%s', '%s', 1, 1)"
              .formatted(path("late"), digest("late")));
      Files.copy(base, folder.resolve("copy"));
      Files.copy(folder.resolve("base-wal"), folder.resolve("copy-wal"));
    }

    Path file =
        write("both", Closure.of(List.of()), Optional.of(below(folder.resolve("copy"), true)));

    assertThat(names(file)).containsExactlyInAnyOrder("a", "late");
  }

  @Test
  void refusesWhatIsNoSuchDatabase() throws Exception {
    String no = "the base's database is not a database of Nix's schema 10";
    assertRefused(base -> Files.write(base, new byte[0]), no);
    assertRefused(
        base -> Files.writeString(base, "x".repeat(9000)),
        "the base's database is damaged or not a database");
    assertRefused(
        base ->
            execute(
                base,
                "alter table ValidPaths rename to Hidden",
                "create view ValidPaths as with recursive n(i) as (select 1 union all select i + 1"
                    + " from n) select i as id, '/x' as path from n"),
        no + ": it has no table ValidPaths");
    assertRefused(base -> execute(base, "drop table Refs"), no + ": it has no table Refs");
    assertRefused(
        base -> execute(base, "alter table ValidPaths add column more generated always as (1)"),
        "the base's database is damaged: a column of ValidPaths is computed");
    assertRefused(
        base -> execute(base, "update ValidPaths set path = '/elsewhere/x'"),
        "the base's database is damaged: '/elsewhere/x' is not a store path: it is not in"
            + " /nix/store");
    assertRefused(
        base -> execute(base, "update ValidPaths set path = '" + "x".repeat(5000) + "'"),
        "the base's database is damaged: a path is too long");
    assertRefused(
        base -> execute(base, "update ValidPaths set hash = 'md5:1'"),
        "the base's database is damaged: the hash of %s: 'md5:1' is not a SHA-256 hash"
            .formatted(path("a")));
    assertRefused(
        base -> execute(base, "insert into Refs values (1, 99)"),
        "the base's database is damaged: a reference leads to no path");
  }

  @Test
  void whatIsConditionedBelowIsNotEvaluated() throws Exception {
    Path base = write("base", info("a"));
    execute(
        base,
        "pragma ignore_check_constraints = 1",
        "alter table ValidPaths add column more integer default 1 check (more < length(path))",
        "update ValidPaths set more = 1000");

    assertThat(write("both", Closure.of(List.of(info("b"))), Optional.of(below(base, true))))
        .isRegularFile();
  }

  private interface Change {
    void make(Path base) throws IOException, SQLException;
  }

  private void assertRefused(Change change, String message) throws Exception {
    Path base = folder.resolve("base");
    Files.deleteIfExists(base);
    write("base", info("a"));
    change.make(base);

    assertThatThrownBy(
            () -> write("both", Closure.of(List.of(info("b"))), Optional.of(below(base, true))))
        .isInstanceOf(ImageException.class)
        .hasMessage(message);
    assertThat(folder.resolve("both")).doesNotExist();
  }

  @Test
  void damageBelowIsAnAnswerOrOneLine() throws Exception {
    Random random = new Random(5);
    List<PathInfo> infos = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      infos.add(info("path" + i, "path" + random.nextInt(300)));
    }
    byte[] whole = Files.readAllBytes(write("base", infos.toArray(PathInfo[]::new)));
    Closure own = Closure.of(List.of(info("b")));
    int refused = 0;
    for (int round = 0; round < 60; round++) {
      byte[] bytes = whole.clone();
      for (int i = random.nextInt(1, 1000); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length;
      Path base = Files.write(folder.resolve("hostile"), Arrays.copyOf(bytes, length));
      Path file = folder.resolve("round" + round);
      try {
        write("round" + round, own, Optional.of(below(base, true)));
        assertThat(file).isRegularFile();
      } catch (IOException e) {
        refused++;
        assertThat(file).doesNotExist();
        assertThat(e.getMessage()).startsWith("the base's database").doesNotContain("\n");
      }
    }
    assertThat(refused).isGreaterThan(40);
  }
}
