package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.os.FileTree;
import dev.slipway.peers.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's Nix gives what the builders make the same store paths. */
class TrivialBuildersIT {
  @TempDir private Path folder;
  private NixPeer nix;
  private WritableStore store;
  private TrivialBuilders builders;

  @BeforeEach
  void open() throws IOException {
    Path root = Files.createDirectory(folder.resolve("root"));
    StoreSettings settings =
        StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(Instant.EPOCH));
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
    builders = new TrivialBuilders(store);
    nix = new NixPeer(root);
  }

  @AfterEach
  void close() throws Exception {
    store.close();
    assertThat(nix.store("--verify", "--check-contents").err())
        .doesNotContain("modified", "disappeared");
  }

  private String added(Path path) throws IOException, InterruptedException {
    return nix.store("--add", path.toString()).lines().getFirst();
  }

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve("files").resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    return Files.writeString(file, text);
  }

  @Test
  void textsAreWhereToFilePutsThem() throws Exception {
    StorePath one = builders.writeText("one", "1");
    StorePath two = builders.writeTextDir("etc/two", "2 " + one);
    StorePath names = builders.onlyDeps(List.of(one.toString(), two.toString()));

    NixPeer.Result evaluated =
        nix.run(
            "nix-instantiate",
            "--eval",
            "--expr",
            """
            builtins.toFile "merge-drvs" "${builtins.storePath %s} ${builtins.storePath %s}\\n"
            """
                .formatted(one, two));

    assertThat(evaluated.status()).as(evaluated.err()).isZero();
    assertThat(evaluated.out()).isEqualTo("\"" + names + "\"\n");
    assertThat(nix.store("-q", "--references", names.toString()).lines())
        .containsExactlyInAnyOrder(one.toString(), two.toString());
  }

  @Test
  void filesAreWhereNixAddsThem() throws Exception {
    Path script = file("run", "#!/bin/sh\nset -e\nexport PATH=/coreutils/bin:/bin\nls\n");
    script.toFile().setExecutable(true);
    Path passwd = file("passwd/etc/passwd", "root:x:0:0::/:/bin/sh\n");
    Path bundle = file("cacert/etc/ssl/certs/ca-bundle.crt", "PEM");

    assertThat(builders.shellScript("run", "ls", "/bin/sh", "/coreutils"))
        .hasToString(added(script));
    assertThat(builders.writeTextDir("etc/passwd", Files.readString(passwd)))
        .hasToString(added(folder.resolve("files/passwd")));
    assertThat(builders.cacert(bundle)).hasToString(added(folder.resolve("files/cacert")));
  }

  @Test
  void mergedPackagesAreThoseThatCpMerges() throws Exception {
    long seed = 411;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 10; round++) {
      Path packages = Files.createDirectory(folder.resolve("round" + round));
      Path merged = Files.createDirectory(packages.resolve("merge-drvs"));
      List<String> derivations = new ArrayList<>();
      for (String name : List.of("one", "two", "three")) {
        Path made = Files.createDirectories(packages.resolve(name));
        Files.createDirectory(made.resolve("bin"));
        Files.writeString(made.resolve("bin/same"), name);
        Nar.copy(RandomTree.next(random, 3), made.resolve(name));
        Nar.copy(RandomTree.next(random, 3), made.resolve("bin").resolve(name));
        Nar.copy(RandomTree.next(random, 3), made.resolve("." + name));
        derivations.add(store.addPath(name, made).toString());
        Programs.run(made, "sh", "-c", "cp -drf --preserve=mode * '" + merged + "'/");
      }

      StorePath ours = builders.mergeDrvs(derivations, _ -> packages);

      assertThat(ours).as("seed %d, round %d", seed, round).hasToString(added(merged));
      FileTree.delete(packages);
    }
  }
}
