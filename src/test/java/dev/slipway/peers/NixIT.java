package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.store.NixPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store commands and Debian's Nix work on one and the same stores and agree. */
class NixIT {
  @TempDir private Path folder;
  private Slipway slipway;
  private Path root;
  private String store;
  private NixPeer nix;

  @BeforeEach
  void prepare() throws IOException {
    slipway = Slipway.in(folder.resolve("home"));
    root = Files.createDirectory(folder.resolve("root"));
    store = "local?root=" + root;
    nix = new NixPeer(root);
  }

  @Test
  void addedTreesHaveThePathsAndHashesThatNixGivesThem() throws Exception {
    Trees trees = new Trees(folder);
    NixPeer other = new NixPeer(Files.createDirectory(folder.resolve("other")));
    for (long seed : new long[] {16, 180339, 887498}) {
      Path tree = folder.resolve("tree+" + seed);
      trees.make(tree, seed);

      Document added = slipway.json("store", "add", tree.toString(), "--store", store);

      String path = added.at("path").text();
      String hash = "sha256:" + nixHash(tree);
      assertThat(path)
          .as("seed %d", seed)
          .isEqualTo(other.store("--add", tree.toString()).out().strip());
      assertThat(added.at("narHash").text()).as("seed %d", seed).isEqualTo(hash);
      assertThat(added.at("references").texts()).isEmpty();
      assertThat(nix.store("-q", "--hash", path).out())
          .isEqualTo(other.store("-q", "--hash", path).out());
      assertThat(nix.store("-q", "--size", path).out())
          .isEqualTo(other.store("-q", "--size", path).out());
      assertThat(trees.list(root.resolve(path.substring(1))))
          .as("seed %d", seed)
          .isEqualTo(trees.list(other.root().resolve(path.substring(1))));
    }
    assertNeitherFindsFault();
  }

  private static String nixHash(Path tree) throws Exception {
    return Programs.run("nix-hash", "--type", "sha256", tree.toString()).strip();
  }

  @Test
  void pathsThatABuildAddsHaveTheirClosuresInNix() throws Exception {
    long seed = 271828;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    int count = 30;
    StringBuilder paths = new StringBuilder();
    StringBuilder environment = new StringBuilder();
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder("text " + i);
      for (int j = 0; j < i; j++) {
        if (random.nextInt(8) == 0) {
          text.append(" ${{ paths.p").append(j).append(" }}");
        }
      }
      paths.append("  p%d: { writeText: { name: p%d, text: \"%s\" } }\n".formatted(i, i, text));
      environment.append("        - \"P%d=${{ paths.p%d }}\"\n".formatted(i, i));
    }
    slipway.imageFile(
        """
        paths:
        %simages:
          all:
            buildLayeredImage:
              name: all
              config:
                Env:
        %s\
        """
            .formatted(paths, environment));

    slipway.run("build", "all", "-o", "all.tar", "--store", store);

    List<String> added = new ArrayList<>();
    for (String variable :
        slipway.json("inspect", "all.tar").at(0).at("config").at("config").at("Env").texts()) {
      added.add(variable.substring(variable.indexOf('=') + 1));
    }
    assertThat(added).hasSize(count);
    for (String path : List.of(added.get(count - 1), added.get(count / 2), added.getFirst())) {
      assertSameClosure(seed, path);
    }
    for (Document info :
        slipway.json("store", "closure", added.getLast(), "--store", store).elements()) {
      String path = info.at("path").text();
      assertThat(info.at("references").texts())
          .as("seed %d: %s", seed, path)
          .containsExactlyInAnyOrderElementsOf(nix.store("-q", "--references", path).lines());
    }
    assertNeitherFindsFault();
  }

  @Test
  void closuresOfANixStoreAreThoseThatNixFinds() throws Exception {
    String expression =
        """
        let
          a = builtins.toFile "a" "nothing";
          b = builtins.toFile "b" "${a}";
          c = builtins.toFile "c" "${a} and ${b}";
        in builtins.toFile "d" "${c}"
        """;
    String top =
        nix.run("nix-instantiate", "--eval", "--read-write-mode", "-E", expression).out().strip();
    String path = top.substring(1, top.length() - 1);
    assertThat(nix.store("-qR", path).lines()).hasSize(4);

    assertSameClosure(0, path);
    assertThat(slipway.run("store", "closure", path + "/below", "--store", store).lines().toList())
        .containsExactlyInAnyOrderElementsOf(nix.store("-qR", path).lines());
    assertNeitherFindsFault();
  }

  @Test
  void whatNothingNeedsIsDeletedForNixToo() throws Exception {
    Path file = Files.writeString(folder.resolve("text"), "nothing");
    String kept = nix.store("--add", file.toString()).out().strip();
    nix.store("--realise", kept, "--add-root", root.resolve("nix/var/nix/gcroots/kept").toString());
    Path other = Files.writeString(folder.resolve("other"), "nothing");
    String dropped = slipway.run("store", "add", other.toString(), "--store", store).strip();

    assertThat(slipway.run("store", "gc", "--store", store).lines()).containsExactly(dropped);

    assertThat(nix.run("nix-store", "--check-validity", dropped).status()).isEqualTo(1);
    assertThat(nix.store("-q", "--hash", kept).lines()).hasSize(1);
    assertThat(root.resolve(dropped.substring(1))).doesNotExist();
    assertNeitherFindsFault();
  }

  private void assertSameClosure(long seed, String path) throws Exception {
    assertThat(slipway.run("store", "closure", path, "--store", store).lines().toList())
        .as("seed %d: %s", seed, path)
        .containsExactlyInAnyOrderElementsOf(nix.store("-qR", path).lines());
  }

  private void assertNeitherFindsFault() throws Exception {
    assertThat(nix.store("--verify", "--check-contents").err())
        .doesNotContain("modified", "disappeared", "not valid", "error");
    assertThat(slipway.run("store", "verify", "--store", store)).isEmpty();
  }
}
