package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.files.os.FileTree;
import dev.slipway.layer.StoreLayer;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NarReaderTest {
  @TempDir private Path folder;
  private Path to;

  @BeforeEach
  void nameTheDestination() {
    to = folder.resolve("object");
  }

  /** The bytes of a NAR, word by word. */
  private static final class Words {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Words() {
      say("nix-archive-1");
    }

    Words say(String... words) {
      for (String word : words) {
        bytes(word.getBytes(StandardCharsets.ISO_8859_1));
      }
      return this;
    }

    Words bytes(byte[] bytes) {
      number(bytes.length);
      out.writeBytes(bytes);
      out.writeBytes(new byte[-bytes.length & 7]);
      return this;
    }

    Words number(long number) {
      out.writeBytes(
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array());
      return this;
    }

    Words entry(String name) {
      return say("entry", "(", "name", name, "node");
    }

    Words file(String content) {
      return say("(", "type", "regular", "contents", content, ")");
    }

    byte[] end() {
      return out.toByteArray();
    }
  }

  private static byte[] nar(NarNode node) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Nar.write(node, Channels.newChannel(out));
    return out.toByteArray();
  }

  private NarHash unpack(byte[] nar) throws IOException {
    return NarReader.read(new ByteArrayInputStream(nar), "x.nar", nar.length, new UnpackedTree(to))
        .nar();
  }

  private void refuses(byte[] nar, String fault) throws IOException {
    assertThatThrownBy(() -> unpack(nar))
        .isInstanceOf(ImageException.class)
        .message()
        .startsWith("x.nar: ")
        .contains(fault)
        .doesNotContain("\n");
    try (var files = Files.list(folder)) {
      assertThat(files).isSubsetOf(List.of(to));
    }
    FileTree.delete(to);
  }

  @Test
  void makesWhatWasWritten() throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(20261122);
    for (int i = 0; i < 60; i++) {
      to = folder.resolve("object" + i);
      NarNode tree = RandomTree.next(random, 5);

      byte[] nar = nar(tree);

      assertThat(unpack(nar)).isEqualTo(new NarHash(Digest.of(nar), nar.length));
      assertThat(Nar.hash(to)).as("tree %d", i).isEqualTo(Nar.hash(tree));
    }
  }

  @Test
  void givesFilesTheModesAndTimesOfAStore() throws IOException {
    unpack(
        nar(
            NarNode.Directory.of(
                Map.of(
                    "l", NarNode.Symlink.to("nowhere"),
                    "p", NarNode.Regular.of("p", false),
                    "x", NarNode.Regular.of("", true)))));

    assertThat(Listing.of(to)).containsExactly("l -> nowhere", "p: p", "x*: ");
    for (String name : new String[] {"", "l", "p", "x"}) {
      assertThat(Files.getLastModifiedTime(to.resolve(name), LinkOption.NOFOLLOW_LINKS))
          .isEqualTo(FileTime.fromMillis(1000));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(to)))
        .isEqualTo("r-xr-xr-x");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(to.resolve("p"))))
        .isEqualTo("r--r--r--");
  }

  @Test
  void refusesNamesThatLeadElsewhere() throws IOException {
    for (String name : new String[] {"", ".", "..", "/", "a/b", "../x", "/tmp/x", "a\0b"}) {
      byte[] nar =
          new Words().say("(", "type", "directory").entry(name).file("evil").say(")", ")").end();
      refuses(nar, "is not a file name");
    }
  }

  @Test
  void refusesAllButTheOneOrderOfNames() throws IOException {
    for (String[] names : new String[][] {{"a", "a"}, {"b", "a"}, {"\u00e9", "z"}}) {
      byte[] nar =
          new Words()
              .say("(", "type", "directory")
              .entry(names[0])
              .say("(", "type", "symlink", "target", "/", ")", ")")
              .entry(names[1])
              .file("through the link")
              .say(")", ")")
              .end();
      refuses(nar, "is not in the order of names");
    }
  }

  @Test
  void takesNamesThatDifferInCaseOnly() throws IOException {
    unpack(
        nar(
            NarNode.Directory.of(
                Map.of("A", NarNode.Symlink.to("1"), "a", NarNode.Symlink.to("2")))));

    assertThat(Listing.of(to)).containsExactly("A -> 1", "a -> 2");
  }

  @Test
  void refusesWhatIsMalformed() throws IOException {
    refuses(new byte[0], "it ends in the middle");
    refuses(new Words().end(), "it ends in the middle");
    refuses("nix-archive-1".getBytes(StandardCharsets.UTF_8), "a word of");
    refuses(new Words().say("(", "type", "fifo", ")").end(), "expected a type of file");
    refuses(new Words().say("(", "type", "directory", "name").end(), "expected an entry");
    refuses(new Words().say("(", "type", "regular", ")").end(), "expected contents");
    refuses(
        new Words().say("(", "type", "regular", "executable", "x").end(), "expected '', found 'x'");
    refuses(
        new Words().say("(", "type", "symlink", "target", "", ")").end(),
        "a symbolic link to what cannot be a target");
    refuses(
        new Words().say("(", "type", "symlink", "target", "a\0b", ")").end(),
        "a symbolic link to what cannot be a target");
    refuses(
        new Words().say("(", "type", "symlink", "target", "x".repeat(4096), ")").end(),
        "the target of a symbolic link of 4096 bytes");
    refuses(
        new Words().say("(", "type", "directory").entry("n".repeat(256)).end(),
        "a file's name of 256 bytes");
    refuses(new Words().file("x").say("more").end(), "there is more behind its end");
    byte[] padded = new Words().file("x").end();
    padded[padded.length - 17] = 1;
    refuses(padded, "padding that is not zero");
  }

  @Test
  void refusesImpossibleSizes() throws IOException {
    for (long size : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 4000}) {
      byte[] nar = new Words().say("(", "type", "regular", "contents").number(size).end();
      refuses(nar, "a file of " + Long.toUnsignedString(size) + " bytes");
    }
    byte[] word = new Words().number(-1).end();
    refuses(word, "a word of 18446744073709551615 bytes");
  }

  @Test
  void readsNoMoreThanWasSaidOfIt() throws IOException {
    byte[] nar = nar(NarNode.Regular.of("x".repeat(500_000), false));

    assertThatThrownBy(() ->
            NarReader.read(
                new ByteArrayInputStream(nar), "x.nar", nar.length - 1, new UnpackedTree(to)))
        .isInstanceOf(ImageException.class)
        .hasMessage("x.nar: it is longer than the %d bytes that were said of it", nar.length - 1);
  }

  /** Directories within each other, all of this name, below the root. */
  private static byte[] nested(int directories, String name) {
    Words words = new Words();
    for (int i = 0; i < directories; i++) {
      words.say("(", "type", "directory").entry(name);
    }
    words.say("(", "type", "directory", ")");
    for (int i = 0; i < directories; i++) {
      words.say(")", ")");
    }
    return words.end();
  }

  /** Not to disk, where the folder that it lies in counts too. */
  private static long nodes(byte[] nar) throws IOException {
    TreeForm form = new StoreLayer("/nix/store", List.of(), StoreLayer.Owner.ROOT, 1).form();
    WritableByteChannel nowhere = Channels.newChannel(OutputStream.nullOutputStream());
    return NarReader.read(
            new ByteArrayInputStream(nar), "x.nar", nar.length, form.begin("/nix/store/x", nowhere))
        .nodes();
  }

  @Test
  void descendsAsDeepAsPathsGoWhateverRoomAThreadHas() throws Exception {
    FutureTask<Long> deep = new FutureTask<>(() -> nodes(nested(2048, "d")));
    Thread.ofPlatform().stackSize(256 << 10).start(deep);
    assertThat(deep.get()).isEqualTo(2049);
    assertThat(nodes(nested(16, "d".repeat(255)))).isEqualTo(17);
  }

  @Test
  void refusesToDescendForEver() {
    for (byte[] nar : List.of(nested(2049, "d"), nested(17, "d".repeat(255)))) {
      assertThatThrownBy(() -> nodes(nar))
          .isInstanceOf(ImageException.class)
          .hasMessage("x.nar: it is no proper NAR: a path of more than 4095 bytes");
    }
  }

  @Test
  void refusesWhatIsCutAnywhere() throws IOException {
    TreeMap<RawName, NarNode> entries = new TreeMap<>();
    entries.put(RawName.of("a"), NarNode.Regular.of("hello, world", true));
    entries.put(RawName.of("b"), NarNode.Symlink.to("a"));
    byte[] nar = nar(new NarNode.Directory(entries));
    for (int length = 0; length < nar.length; length += 5) {
      refuses(Arrays.copyOf(nar, length), "it ends in the middle, after " + length);
    }
  }

  @Test
  void changedBytesGiveAnotherHashOrNothing() throws IOException {
    long seed = 31415926;
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    NarNode tree = RandomTree.directory(random, 3);
    byte[] nar = nar(tree);
    NarHash whole = new NarHash(Digest.of(nar), nar.length);
    for (int i = 0; i < 300; i++) {
      byte[] changed = nar.clone();
      int at = random.nextInt(nar.length);
      changed[at] ^= (byte) (1 + random.nextInt(255));
      Path destination = folder.resolve("changed" + i);
      try {
        NarHash found =
            NarReader.read(
                    new ByteArrayInputStream(changed),
                    "x.nar",
                    nar.length,
                    new UnpackedTree(destination))
                .nar();
        assertThat(found).as("seed %d: byte %d", seed, at).isNotEqualTo(whole);
        assertThat(Nar.hash(destination)).as("seed %d: byte %d", seed, at).isEqualTo(found);
      } catch (ImageException e) {
        assertThat(e).message().startsWith("x.nar: ").doesNotContain("\n");
      } finally {
        FileTree.delete(destination);
      }
    }
  }
}
