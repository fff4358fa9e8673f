package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.DirectoryEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store and Debian's Nix agree on one and the same folder. */
class StoreIT {
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

  @TempDir Path folder;
  private Path root;
  private StoreSettings settings;
  private WritableStore store;
  private NixPeer nix;

  @BeforeEach
  void open() throws IOException {
    root = folder.resolve("root");
    Files.createDirectory(root);
    settings = StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(NOW));
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
    nix = new NixPeer(root);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void randomTreesGetThePathsThatNixGivesThem() throws Exception {
    long seed = 90210;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    NixPeer other = new NixPeer(Files.createDirectory(folder.resolve("other")));
    List<String> sources = new ArrayList<>(List.of("--add"));
    List<String> ours = new ArrayList<>();
    for (int round = 0; round < 40; round++) {
      Path source = folder.resolve("tree" + round);
      Nar.copy(RandomTree.next(random, 4), source);
      sources.add(source.toString());
      ours.add(store.addPath("tree" + round, source).toString());
    }

    List<String> theirs = other.store(sources.toArray(String[]::new)).lines();

    assertThat(ours).as("seed %d", seed).isEqualTo(theirs);
    List<String> query = new ArrayList<>(List.of("-q", "--hash"));
    query.addAll(ours);
    assertThat(nix.store(query.toArray(String[]::new)).lines())
        .isEqualTo(other.store(query.toArray(String[]::new)).lines());
    assertNixFindsNoFault();
  }

  @Test
  void nixSeesTheClosuresThatWeMake() throws Exception {
    StorePath leaf = store.addText("leaf", "nothing", Set.of());
    StorePath text = store.addText("text", "see " + leaf, Set.of(leaf));
    StorePath tree = store.addTree("tree", NarNode.Symlink.to(text + "/x"), Set.of(text));

    assertThat(nix.store("-qR", tree.toString()).lines())
        .containsExactlyInAnyOrder(leaf.toString(), text.toString(), tree.toString());
    assertThat(store.closure(Set.of(tree)).paths()).containsExactlyInAnyOrder(leaf, text, tree);
    assertThat(
            nix.run("nix-instantiate", "--eval", "-E", "builtins.toFile \"leaf\" \"nothing\"")
                .out())
        .contains(leaf.toString());
    assertNixFindsNoFault();
  }

  @Test
  void weSeeTheClosuresThatNixMakes() throws Exception {
    List<StorePath> paths = new ArrayList<>();
    StringBuilder graph = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      StorePath path = store.addText("p" + i, "text " + i, Set.of());
      paths.add(path);
    }
    store.close();
    // A graph with cycles and self-references, registered by Nix over what we have added.
    for (int i = 0; i < 30; i++) {
      NarHash nar = store.query(paths.get(i)).orElseThrow().nar().orElseThrow();
      graph.append(paths.get(i)).append('\n').append(nar.digest().hex()).append('\n');
      graph.append(nar.size()).append("\n\n2\n");
      graph.append(paths.get(i)).append('\n').append(paths.get(i / 3 * 2)).append('\n');
    }
    Path other = folder.resolve("registered");
    NixPeer peer = new NixPeer(Files.createDirectory(other));
    peer.load(graph.toString());

    try (LocalStore theirs = Stores.open(new StoreLocation.Chroot(other), settings)) {
      for (StorePath path : paths) {
        assertThat(theirs.closure(Set.of(path)).paths().stream().map(StorePath::toString))
            .as("closure of %s", path)
            .containsExactlyInAnyOrderElementsOf(peer.store("-qR", path.toString()).lines());
      }
      assertThat(theirs.verify(false)).hasSize(30);
    }
  }

  @Test
  void readsWhileNixWrites() throws Exception {
    Path source = Files.createDirectory(folder.resolve("source"));
    List<String> add = new ArrayList<>(List.of("--add"));
    for (int i = 0; i < 300; i++) {
      add.add(Files.writeString(source.resolve("f" + i), "text " + i).toString());
    }
    List<StorePath> expected = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      NarHash nar = Nar.hash(source.resolve("f" + i));
      expected.add(StorePaths.fixedRecursive("/nix/store", "f" + i, nar.digest(), Set.of(), false));
    }
    int before = 0;
    try (ExecutorService thread = Executors.newSingleThreadExecutor();
        LocalStore reader = Stores.open(new StoreLocation.Chroot(root), settings)) {
      Future<NixPeer.Result> writing = thread.submit(() -> nix.store(add.toArray(String[]::new)));
      while (!writing.isDone()) {
        int now = reader.query(expected).size();
        assertThat(now).isGreaterThanOrEqualTo(before);
        before = now;
      }
      assertThat(writing.get().lines())
          .isEqualTo(expected.stream().map(StorePath::toString).toList());
      assertThat(reader.query(expected)).hasSize(300);
    }
  }

  @Test
  void processesAddTheSamePathAtOnce() throws Exception {
    Path source = folder.resolve("source");
    Nar.copy(
        RandomTree.directory(RandomGeneratorFactory.of("L64X128MixRandom").create(3), 5), source);
    try (StoreProcess one = StoreProcess.adding(root, source);
        StoreProcess two = StoreProcess.adding(root, source)) {
      String path = store.addPath("x", source).toString();

      assertThat(List.of(one.line(), two.line())).containsOnly(path);
      assertThat(nix.run("nix-store", "--add", source.toString()).status()).isZero();
    }
    store.close();
    assertNixFindsNoFault();
  }

  @Test
  void killedProcessesLeaveNothingForLong() throws Exception {
    StoreProcess stuck = StoreProcess.stuck(root);
    assertThat(stuck.line()).isEqualTo("stuck");
    assertThat(names(root.resolve("nix/store"))).anyMatch(name -> name.startsWith("tmp-"));
    store.addText("x", "while it runs", Set.of());
    assertThat(names(root.resolve("nix/store"))).anyMatch(name -> name.startsWith("tmp-"));
    store.gc();
    assertThat(names(root.resolve("nix/store"))).anyMatch(name -> name.startsWith("tmp-"));

    stuck.kill();
    store.close();
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
    StorePath after = store.addText("y", "afterwards", Set.of());

    assertThat(names(root.resolve("nix/store"))).noneMatch(name -> name.startsWith("tmp-"));
    assertThat(store.gc().paths()).hasSize(1).doesNotContain(after);
    assertNixFindsNoFault();
  }

  @Test
  void neitherCollectorTakesWhatARunningProcessAdded() throws Exception {
    Path source = Files.writeString(folder.resolve("source"), "text");
    String path;
    try (StoreProcess running = StoreProcess.adding(root, source)) {
      path = running.line();

      assertThat(nix.store("--gc").err()).doesNotContain(path);
      assertThat(store.gc().paths()).isEmpty();
      assertThat(nix.store("-q", "--hash", path).lines()).hasSize(1);
    }
    assertThat(nix.store("--gc").err()).contains(path);
    assertThat(store.query(StorePath.parse("/nix/store", path))).isEmpty();
  }

  @Test
  void collectorsAgreeOnRoots() throws Exception {
    StorePath leaf = store.addText("leaf", "x", Set.of());
    StorePath kept = store.addText("kept", "" + leaf, Set.of(leaf));
    StorePath dead = store.addText("dead", "" + leaf, Set.of(leaf));
    store.close();
    Path roots = root.resolve("nix/var/nix/gcroots");
    Files.createSymbolicLink(roots.resolve("kept"), Path.of(kept.toString()));
    assertThat(nix.store("--gc", "--print-dead").lines()).containsExactly(dead.toString());

    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);

    assertThat(store.gc().paths()).containsExactly(dead);
    assertThat(nix.store("--gc", "--print-dead").lines()).isEmpty();
    assertNixFindsNoFault();
  }

  @Test
  void readsDatabasesThatMayNotBeWritten() throws Exception {
    StorePath path = store.addText("x", "text", Set.of());
    store.close();

    String out =
        StoreProcess.afterMounting(
            "mount --bind . . && mount -o remount,bind,ro .", root, "query", path.toString());

    assertThat(out).isEqualTo("[" + path + "]\n");
  }

  @Test
  void aFullDiskLeavesNothing() throws Exception {
    Path source = Files.write(folder.resolve("large"), new byte[8 << 20]);

    String out =
        StoreProcess.afterMounting(
            "mount -t tmpfs -o size=4m tmpfs . && cd .", root, "fill", source.toString());

    assertThat(out)
        .startsWith("cannot write " + root + "/nix/store/tmp-")
        .endsWith(": No space left on device\n[]\n");
  }

  private static List<String> names(Path directory) throws IOException {
    return DirectoryEntry.list(directory).stream().map(entry -> entry.name().toString()).toList();
  }

  private void assertNixFindsNoFault() throws IOException, InterruptedException {
    NixPeer.Result verified = nix.store("--verify", "--check-contents");
    assertThat(verified.err()).doesNotContain("modified", "disappeared", "not valid", "error");
    assertThat(store.verify(true)).isEmpty();
  }
}
