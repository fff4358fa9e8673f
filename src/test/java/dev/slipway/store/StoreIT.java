package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
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

  private void assertNixFindsNoFault() throws IOException, InterruptedException {
    NixPeer.Result verified = nix.store("--verify", "--check-contents");
    assertThat(verified.err()).doesNotContain("modified", "disappeared", "not valid", "error");
    assertThat(store.verify(true)).isEmpty();
  }
}
