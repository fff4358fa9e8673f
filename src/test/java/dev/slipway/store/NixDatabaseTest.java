package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NixDatabaseTest {
  private static final String DIR = "/nix/store";

  @TempDir Path folder;

  @Test
  void closuresOfRandomGraphsAreWhatIsReachable() throws Exception {
    long seed = 77;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    List<StorePath> paths = paths(random, 300);
    Map<StorePath, Set<StorePath>> graph = new HashMap<>();
    for (StorePath path : paths) {
      Set<StorePath> references = new TreeSet<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        references.add(paths.get(random.nextInt(paths.size())));
      }
      graph.put(path, references);
    }
    Path file = create();
    fill(file, paths, graph);

    try (NixDatabase database = new NixDatabase(file, DIR)) {
      for (int round = 0; round < 50; round++) {
        Set<StorePath> roots = Set.of(paths.get(round), paths.get(299 - round));
        Map<StorePath, PathInfo> reached = database.reach(roots);
        assertThat(reached.keySet()).as("seed %d", seed).isEqualTo(reachable(roots, graph));
        reached.forEach((path, info) -> assertThat(info.references()).isEqualTo(graph.get(path)));
      }
      assertThat(database.all().keySet()).containsExactlyInAnyOrderElementsOf(paths);
      assertThat(database.query(paths)).isEqualTo(database.all());
    }
  }

  private static Set<StorePath> reachable(
      Set<StorePath> roots, Map<StorePath, Set<StorePath>> graph) {
    Set<StorePath> reached = new TreeSet<>();
    List<StorePath> pending = new ArrayList<>(roots);
    while (!pending.isEmpty()) {
      StorePath next = pending.removeLast();
      if (reached.add(next)) {
        pending.addAll(graph.getOrDefault(next, Set.of()));
      }
    }
    return reached;
  }

  @Test
  void readersLeaveTheFolderAsItWas() throws Exception {
    Path file = create();
    List<String> before = names(folder.resolve("db"));

    try (NixDatabase database = new NixDatabase(file, DIR)) {
      assertThat(database.all()).isEmpty();
    }

    assertThat(names(folder.resolve("db"))).isEqualTo(before);
  }

  @Test
  void damageIsAnswersOrOneLine() throws Exception {
    Path file = create();
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(8);
    List<StorePath> paths = paths(random, 200);
    Map<StorePath, Set<StorePath>> graph = new HashMap<>();
    paths.forEach(path -> graph.put(path, Set.of(path)));
    fill(file, paths, graph);
    byte[] whole = Files.readAllBytes(file);
    int refused = 0;
    for (int round = 0; round < 150; round++) {
      byte[] bytes = whole.clone();
      for (int i = random.nextInt(1, 2000); i > 0; i--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length;
      Files.write(file, Arrays.copyOf(bytes, length));
      try (NixDatabase database = new NixDatabase(file, DIR)) {
        assertThat(database.reach(paths)).isNotNull();
      } catch (IOException e) {
        refused++;
        assertThat(e).hasMessageContaining(file.toString());
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  @Test
  void namesWhatIsWrongWithAFile() throws Exception {
    Path file = create();
    byte[] whole = Files.readAllBytes(file);

    Files.write(file, new byte[5000]);
    assertRefused(file, file + " is damaged or not a database");
    Files.write(file, new byte[0]);
    assertRefused(file, file + " is not a database of Nix's schema 10");
    Files.write(file, Arrays.copyOf(whole, whole.length - 4096));
    assertRefused(file, file + " is damaged or not a database");
    Files.write(file, whole);
    execute(file, "insert into ValidPaths (path, hash, registrationTime) values ('/x', '', 1)");
    assertRefused(file, file + " is damaged: '/x' is not a store path: it is not in /nix/store");
    Path schema = Files.writeString(file.resolveSibling("schema"), "11");
    assertRefused(file, schema + " says '11', but only Nix's schema 10 is known");
  }

  private static void assertRefused(Path file, String message) throws IOException {
    try (NixDatabase database = new NixDatabase(file, DIR)) {
      assertThatThrownBy(database::all).isInstanceOf(ImageException.class).hasMessage(message);
    }
  }

  @Test
  void readsOldRows() throws Exception {
    Path file = create();
    StorePath path = new StorePath(DIR, "0".repeat(32) + "-old");
    String hash = "sha256:1sw9xqccr5aj87ww2xfj3vck6rr5bckp8amlpwn9f7ap03nyvg0r";
    execute(
        file,
        "insert into ValidPaths (path, hash, registrationTime, deriver, narSize, ca)"
            + " values ('%s', '%s', 1, '', 0, '')".formatted(path, hash));

    try (NixDatabase database = new NixDatabase(file, DIR)) {
      assertThat(database.query(Set.of(path)))
          .containsEntry(
              path,
              new PathInfo(path, Optional.empty(), Set.of(), Optional.empty(), Optional.empty()));
      execute(file, "update ValidPaths set narSize = 12");
      assertThat(database.query(Set.of(path)).values())
          .extracting(PathInfo::nar)
          .containsExactly(Optional.of(new NarHash(Hashes.parse(hash), 12)));
    }
  }

  private Path create() throws IOException {
    Path file = Files.createDirectories(folder.resolve("db")).resolve("db.sqlite");
    try (SqliteFile sqlite = new SqliteFile(file, SqliteFile.Access.WRITING)) {
      new NixDatabaseWriter(sqlite).create();
    }
    return file;
  }

  private static void fill(Path file, List<StorePath> paths, Map<StorePath, Set<StorePath>> graph)
      throws IOException, SQLException {
    try (SqliteFile sqlite = new SqliteFile(file, SqliteFile.Access.WRITING)) {
      NixDatabaseWriter writer = new NixDatabaseWriter(sqlite);
      for (StorePath path : paths) {
        NarHash nar = new NarHash(Digest.of(new byte[0]), 5);
        writer.register(
            new PathInfo(path, Optional.of(nar), Set.of(), Optional.empty(), Optional.empty()),
            Instant.EPOCH);
      }
    }
    List<String> references = new ArrayList<>();
    graph.forEach((from, targets) ->
        targets.forEach(to ->
            references.add(
                "insert into Refs select a.id, b.id from ValidPaths a, ValidPaths b"
                    + " where a.path = '%s' and b.path = '%s'".formatted(from, to))));
    references.addFirst("begin");
    references.addLast("commit");
    execute(file, references.toArray(String[]::new));
  }

  private static void execute(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<StorePath> paths(RandomGenerator random, int count) {
    List<StorePath> paths = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] hash = new byte[20];
      random.nextBytes(hash);
      paths.add(new StorePath(DIR, NixBase32.encode(hash) + "-p" + i));
    }
    return paths;
  }

  private static List<String> names(Path directory) throws IOException {
    return DirectoryEntry.list(directory).stream().map(entry -> entry.name().toString()).toList();
  }
}
