package dev.slipway.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What umoci unpacks of an image is what went into it. */
class UmociIT {
  /** Modes, links and names of all sorts, made below the folder that it runs in. */
  private static final String SCRIPT =
      """
      mkdir -p var/log/app 'with space' tmp
      chmod 1777 tmp
      chmod 2750 var/log/app
      printf 'one' > var/one
      ln var/one var/same
      ln -s ../var/one tmp/link
      ln -s //nowhere// tmp/dangling
      install -m 4755 /bin/true tmp/setuid
      install -m 0 /dev/null tmp/none
      mkfifo tmp/fifo
      : > $'tmp/new\\nline'
      : > $'tmp/\\303\\251\\377'
      : > "$(printf 'n%.0s' {1..255})"
      mkdir -p deep/{1..9}/"$(printf 'd%.0s' {1..120})"
      head -c 100000 /dev/zero > deep/zeros
      touch -d @1600000000 var/one
      """;

  /** Joins into the current folder what ends in {@code -$1} in the store below {@code $0}. */
  private static final String LNDIR = "umask 022; lndir -silent \"$0\"/nix/store/*-\"$1\"";

  @TempDir private Path folder;
  private Slipway slipway;
  private Trees trees;

  @BeforeEach
  void prepare() throws IOException {
    slipway = Slipway.in(folder.resolve("home"));
    trees = new Trees(folder);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 1415, 92653})
  void storePathsAreUnpackedAsTheyAreInTheStore(long seed) throws Exception {
    Path tree = slipway.home().resolve("tree");
    trees.make(tree, seed);
    slipway.imageFile(
        """
        paths:
          tree: { path: ./tree }
        images:
          image:
            buildLayeredImage:
              name: image
              compressor: none
              config: { Env: [ "TREE=${{ paths.tree }}" ] }
        """);

    Path rootfs = unpack();

    Path root = slipway.home().resolve("data/slipway");
    String stored = trees.list(root.resolve("nix/store"));
    assertThat(stored).as("seed %d", seed).hasLineCount(1 + files(tree));
    assertThat(trees.list(rootfs.resolve("nix/store"))).as("seed %d", seed).isEqualTo(stored);
  }

  /** How many files and folders there are below {@code tree}, with itself. */
  private int files(Path tree) throws Exception {
    return (int) trees.list(tree).lines().count();
  }

  @ParameterizedTest
  @ValueSource(longs = {27182, 81828})
  void contentsAreUnpackedAsLndirJoinsThem(long seed) throws Exception {
    trees.make(slipway.home().resolve("one"), seed);
    trees.make(slipway.home().resolve("two"), seed + 1);
    slipway.imageFile(
        """
        images:
          image:
            buildLayeredImage:
              name: image
              compressor: none
              contents: [ ./one, ./two ]
        """);

    Path rootfs = unpack();

    Path joined = Files.createDirectory(folder.resolve("joined"));
    for (String content : List.of("one", "two")) {
      Programs.run(joined, "sh", "-c", LNDIR, rootfs.toString(), content);
    }
    touchAll(joined);
    String expected = trees.list(joined).replace("-> " + rootfs, "-> ");
    assertThat(trees.listWithout("nix", rootfs)).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void whatAScriptMakesIsUnpackedAsItMadeIt() throws Exception {
    slipway.imageFile(
        """
        images:
          image:
            buildLayeredImage:
              name: image
              compressor: none
              extraCommands: |
        """
            + SCRIPT.indent(10));

    Path rootfs = unpack();

    Path made = Files.createDirectory(folder.resolve("made"));
    Programs.run(made, "bash", "-euc", "umask 022\n" + SCRIPT);
    // Layers have no hard links (tar --hard-dereference).
    Programs.run(made, "cp", "--remove-destination", "--preserve=all", "var/one", "var/copy");
    Programs.run(made, "mv", "var/copy", "var/same");
    touchAll(made);
    assertThat(trees.listWithout("nix", rootfs)).isEqualTo(trees.list(made));
  }

  /** Gives all that is below {@code tree} the time that customisation layers have. */
  private static void touchAll(Path tree) throws Exception {
    Programs.run(
        tree, "find", ".", "-exec", "touch", "--no-dereference", "-d@315532800", "{}", "+");
  }

  /** Builds {@code image} and has it unpacked; returns its root. */
  private Path unpack() throws Exception {
    slipway.run("build", "image", "-o", "image.tar");
    Path layout = folder.resolve("layout");
    Path bundle = folder.resolve("bundle");
    Programs.run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "docker-archive:" + slipway.home().resolve("image.tar"),
        "oci:" + layout + ":image");
    Programs.run("umoci", "unpack", "--image", layout + ":image", bundle.toString());
    return bundle.resolve("rootfs");
  }
}
