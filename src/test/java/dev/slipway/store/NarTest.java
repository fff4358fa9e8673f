package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NarTest {
  /** A tree with one of everything; the hash is what {@code nix-hash} prints of it. */
  private static final NarNode SAMPLE =
      NarNode.Directory.of(
          Map.of(
              "empty", NarNode.Directory.of(Map.of()),
              "lnk", NarNode.Symlink.to("../x/y"),
              "run", NarNode.Regular.of("#!/bin/sh\n", true),
              "sub dir", NarNode.Directory.of(Map.of("a b", NarNode.Regular.of("hello\n", false))),
              "zero", NarNode.Regular.of("", false)));

  private static final NarHash SAMPLE_HASH =
      new NarHash(
          new Digest("502663a7b5cc1ee2613d39c2d8f36f8d44b2d2743e2057357fd910724ab72d37"), 1232);

  @TempDir Path folder;

  @Test
  void hashesAMadeUpTree() throws IOException {
    assertThat(Nar.hash(SAMPLE)).isEqualTo(SAMPLE_HASH);
  }

  @Test
  void hashesATreeOnDisk() throws IOException {
    NarHash copied = Nar.copy(SAMPLE, folder.resolve("tree"));

    assertThat(copied).isEqualTo(SAMPLE_HASH);
    assertThat(Nar.hash(folder.resolve("tree"))).isEqualTo(SAMPLE_HASH);
  }

  @Test
  void namesMayBeLongerThanAnyFileSystemTakes() throws IOException {
    NarNode link = NarNode.Symlink.to("x".repeat(300_000));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Nar.write(link, Channels.newChannel(out));
    assertThat(Digest.of(out.toByteArray())).isEqualTo(Nar.hash(link).digest());
    assertThat(out.size()).isEqualTo(24 + 16 + 16 + 16 + 16 + 8 + 300_000 + 16);
  }

  @Test
  void writesTheBytesThatItHashes() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    Nar.write(SAMPLE, Channels.newChannel(out));

    assertThat(out.toByteArray()).hasSize(1232);
    assertThat(Digest.of(out.toByteArray())).isEqualTo(SAMPLE_HASH.digest());
  }

  @Test
  void mixesWhatIsOnDiskWithWhatIsMadeUp() throws IOException {
    Path file = Files.writeString(folder.resolve("somewhere"), "hello\n");
    NarNode sub = NarNode.Directory.of(Map.of("a b", new NarNode.OnDisk(file)));
    var entries = new TreeMap<>(((NarNode.Directory) SAMPLE).entries());
    entries.put(RawName.of("sub dir"), sub);

    assertThat(Nar.hash(new NarNode.Directory(entries))).isEqualTo(SAMPLE_HASH);
  }

  @Test
  void copiesHashAsTheirSourcesDo() throws IOException {
    long seed = 7001;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    for (int round = 0; round < 60; round++) {
      NarNode tree = RandomTree.next(random, 4);
      Path copy = folder.resolve("copy" + round);
      Path copyOfCopy = folder.resolve("again" + round);

      NarHash expected = Nar.hash(tree);

      assertThat(Nar.copy(tree, copy)).as("seed %d round %d", seed, round).isEqualTo(expected);
      assertThat(Nar.hash(copy)).as("seed %d round %d", seed, round).isEqualTo(expected);
      assertThat(Nar.copy(new NarNode.OnDisk(copy), copyOfCopy)).isEqualTo(expected);
      assertThat(Nar.hash(copyOfCopy)).isEqualTo(expected);
    }
  }

  @Test
  void copiesAreCanonical() throws IOException {
    Path tree = folder.resolve("tree");

    Nar.copy(SAMPLE, tree);

    assertThat(mode(tree)).isEqualTo("r-xr-xr-x");
    assertThat(mode(tree.resolve("run"))).isEqualTo("r-xr-xr-x");
    assertThat(mode(tree.resolve("zero"))).isEqualTo("r--r--r--");
    for (String name : new String[] {"", "run", "lnk", "empty", "sub dir/a b"}) {
      assertThat(Files.getLastModifiedTime(tree.resolve(name), LinkOption.NOFOLLOW_LINKS))
          .as(name)
          .isEqualTo(FileTime.fromMillis(1000));
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void namesWhatIsNoFile() throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree/sub"));
    Path pipe = tree.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThatThrownBy(() -> Nar.hash(folder.resolve("tree")))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            pipe + " is a fifo; a store object holds only files, directories and symbolic links");
  }

  @Test
  void namesWhatIsMissing() {
    Path missing = folder.resolve("missing");

    assertThatThrownBy(() -> Nar.hash(missing))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(missing.toString());
  }

  @Test
  void refusesToCopyOverSomething() throws IOException {
    Path there = Files.writeString(folder.resolve("there"), "kept");

    assertThatThrownBy(() -> Nar.copy(NarNode.Symlink.to("x"), there))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(there).hasContent("kept");
  }

  @Test
  void refusesContentOfAnotherSize() {
    byte[] content = new byte[10];
    NarNode longer = new NarNode.Regular(9, false, out -> out.write(ByteBuffer.wrap(content)));
    NarNode shorter = new NarNode.Regular(11, false, out -> out.write(ByteBuffer.wrap(content)));

    assertThatThrownBy(() -> Nar.hash(longer)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> Nar.hash(shorter)).isInstanceOf(ImageException.class);
  }

  @Test
  void refusesNamesThatNoFileHas() {
    for (String name : new String[] {"", ".", "..", "a/b", "a\0b"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> NarNode.Directory.of(Map.of(name, NarNode.Symlink.to("x"))));
    }
  }
}
