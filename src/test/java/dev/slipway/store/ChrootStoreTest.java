package dev.slipway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.os.FileTree;
import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChrootStoreTest {
  @TempDir Path folder;
  private Path root;
  private StoreSettings settings;
  private WritableStore store;

  @BeforeEach
  void open() throws IOException {
    root = folder.resolve("a root?%20");
    settings =
        StoreSettings.of(folder.resolve("embedded"), InstantSource.fixed(Instant.ofEpochSecond(7)));
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
  }

  @AfterEach
  void close() throws IOException {
    store.close();
  }

  @Test
  void nothingIsMadeBeforeSomethingIsAdded() throws IOException {
    StorePath path = new StorePath("/nix/store", "0".repeat(32) + "-x");

    assertThat(store.query(path)).isEmpty();
    assertThat(store.locate(path)).isEqualTo(root.resolve("nix/store/" + path.baseName()));
    assertThat(store.verify(true)).isEmpty();
    assertThat(store.gc()).isEqualTo(new Collected(List.of(), 0));
    assertThat(store.closure(Set.of())).isEmpty();
    assertThatThrownBy(() -> store.closure(Set.of(path)))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "the closure of %s is not known: there is no database at %s",
            path, root.resolve("nix/var/nix/db/db.sqlite"));
    assertThat(root).doesNotExist();
  }

  @Test
  void knowsWhatWasAdded() throws IOException {
    StorePath leaf = store.addText("leaf", "x", Set.of());
    StorePath tree = store.addTree("tree", NarNode.Symlink.to("" + leaf), Set.of(leaf));

    PathInfo info = store.query(tree).orElseThrow();

    NarHash nar = Nar.hash(store.locate(tree));
    assertThat(info.nar()).contains(nar);
    assertThat(info.references()).containsExactly(leaf);
    assertThat(info.deriver()).isEmpty();
    assertThat(info.contentAddress()).contains("fixed:r:" + Hashes.base32(nar.digest()));
    assertThat(store.closure(Set.of(tree)).paths()).containsExactlyInAnyOrder(leaf, tree);
    try (LocalStore other = Stores.open(new StoreLocation.Chroot(root), settings)) {
      assertThat(other.closure(Set.of(tree)))
          .containsExactlyElementsOf(store.closure(Set.of(tree)));
    }
  }

  @Test
  void addsNothingTwice() throws IOException {
    Path source = Files.writeString(folder.resolve("source"), "content");
    StorePath first = store.addPath("x", source);
    long inode = FileStatus.of(store.locate(first)).inode();
    Files.setLastModifiedTime(root.resolve("nix/store"), FileTime.fromMillis(5000));

    assertThat(store.addPath("x", source)).isEqualTo(first);

    assertThat(FileStatus.of(store.locate(first)).inode()).isEqualTo(inode);
    assertThat(FileStatus.of(root.resolve("nix/store")).modifiedSeconds()).isEqualTo(5);
    assertThat(names("nix/store")).containsExactly(first.baseName());
  }

  @Test
  void bringsBackAnObjectThatIsGone() throws IOException {
    StorePath path = store.addText("x", "text", Set.of());
    Files.delete(store.locate(path));
    assertThat(store.verify(false)).containsExactly(new StoreFault(path, "is missing"));

    store.addText("x", "text", Set.of());

    assertThat(store.verify(true)).isEmpty();
    assertThat(store.locate(path)).hasContent("text");
  }

  @Test
  void overwritesWhatAnInterruptedAdditionLeft() throws IOException {
    StorePath path =
        StorePaths.text(
            "/nix/store", "x", Digest.of("t".getBytes(StandardCharsets.UTF_8)), Set.of());
    Files.createDirectories(store.locate(path).resolve("half"));

    assertThat(store.addText("x", "t", Set.of())).isEqualTo(path);

    assertThat(store.locate(path)).hasContent("t");
  }

  @Test
  void whatWasCopiedGivesThePathEvenIfTheSourceChanged() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    NarNode changing =
        new NarNode.Regular(
            1,
            false,
            out -> out.write(ByteBuffer.wrap(new byte[] {(byte) reads.getAndIncrement()})));

    StorePath path = store.addTree("x", changing, Set.of());

    assertThat(reads).hasValue(2);
    assertThat(Files.readAllBytes(store.locate(path))).containsExactly(1);
    assertThat(store.verify(true)).isEmpty();
    assertThat(path)
        .isEqualTo(
            StorePaths.fixedRecursive(
                "/nix/store", "x", Nar.hash(store.locate(path)).digest(), Set.of(), false));
  }

  @Test
  void aFileThatShrinksWhileItIsReadIsNamed() throws IOException {
    Path source = Files.createDirectory(folder.resolve("source"));
    Path second = Files.write(source.resolve("second"), new byte[2_000_000]);
    AtomicInteger pieces = new AtomicInteger();
    ByteBufferSink shrinking =
        () -> {
          if (pieces.getAndIncrement() == 0) {
            try (FileChannel file = FileChannel.open(second, StandardOpenOption.WRITE)) {
              file.truncate(1_000_000);
            }
          }
        };

    assertThatThrownBy(() -> Nar.write(source, shrinking.channel()))
        .isInstanceOf(ImageException.class)
        .hasMessage(second + " changed its size while it was read");
  }

  private interface ByteBufferSink {
    void written() throws IOException;

    default WritableByteChannel channel() {
      return new WritableByteChannel() {
        @Override
        public int write(ByteBuffer bytes) throws IOException {
          int length = bytes.remaining();
          bytes.position(bytes.limit());
          written();
          return length;
        }

        @Override
        public boolean isOpen() {
          return true;
        }

        @Override
        public void close() {}
      };
    }
  }

  @Test
  void failedAdditionsLeaveNothing() throws Exception {
    store.addText("before", "", Set.of());
    Path source = Files.createDirectory(folder.resolve("source"));
    Path pipe = source.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    AtomicInteger reads = new AtomicInteger();
    NarNode failing =
        new NarNode.Regular(
            1,
            false,
            out -> {
              if (reads.getAndIncrement() > 0) {
                throw new IOException("gone");
              }
              out.write(ByteBuffer.allocate(1));
            });
    List<String> before = names("nix/store");

    assertThatThrownBy(() -> store.addPath("x", source)).hasMessageContaining("is a fifo");
    assertThatThrownBy(() -> store.addPath("a b", folder)).hasMessageContaining("' '");
    assertThatThrownBy(() -> store.addTree("x", failing, Set.of())).hasMessage("gone");
    assertThatThrownBy(() -> store.addPath("x", folder.resolve("missing")))
        .isInstanceOf(NoSuchFileException.class);

    assertThat(names("nix/store")).isEqualTo(before);
  }

  @Test
  void manyThreadsAddTheSameAndDifferentThings() throws Exception {
    List<Future<StorePath>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8);
        WritableStore other = Stores.openWritable(new StoreLocation.Chroot(root), settings)) {
      for (int i = 0; i < 80; i++) {
        WritableStore target = i % 2 == 0 ? store : other;
        NarNode tree =
            NarNode.Directory.of(Map.of("f", NarNode.Regular.of("text " + i / 8, false)));
        results.add(threads.submit(() -> target.addTree("x", tree, Set.of())));
      }
      Set<StorePath> paths = new TreeSet<>();
      for (Future<StorePath> result : results) {
        paths.add(result.get());
      }
      assertThat(paths).hasSize(10);
      assertThat(store.query(paths)).hasSize(10);
    }
    assertThat(store.verify(true)).isEmpty();
    assertThat(names("nix/store")).hasSize(10);
  }

  @Test
  void closuresSpanStores() throws IOException {
    try (WritableStore nix = Stores.openWritable(new StoreLocation.Embedded(), settings)) {
      StorePath base = nix.addText("base", "x", Set.of());
      StorePath theirs = nix.addText("theirs", "" + base, Set.of(base));
      StorePath ours = store.addText("ours", "" + theirs, Set.of(theirs));
      StorePath top = store.addText("top", "" + ours, Set.of(ours));

      assertThat(store.query(ours).orElseThrow().references()).containsExactly(theirs);
      assertThatThrownBy(() -> store.closure(Set.of(top)))
          .isInstanceOf(ImageException.class)
          .hasMessage(ours + " refers to " + theirs + ", which is not valid in the store");
      Store both = Stores.union(store, nix);
      assertThat(both.closure(Set.of(top)).paths())
          .containsExactlyInAnyOrder(base, theirs, ours, top);
      assertThat(both.locate(base)).isEqualTo(nix.locate(base)).exists();
      assertThat(both.locate(top)).isEqualTo(store.locate(top)).exists();

      store.addText("base", "x", Set.of());
      store.addText("theirs", "" + base, Set.of(base));
      assertThat(store.closure(Set.of(top)).paths())
          .containsExactlyInAnyOrder(base, theirs, ours, top);
    }
  }

  @Test
  void collectsWhatNoRootRefersTo() throws IOException {
    StorePath leaf = store.addText("leaf", "x", Set.of());
    StorePath direct = store.addText("direct", "" + leaf, Set.of(leaf));
    StorePath indirect = store.addText("indirect", "", Set.of());
    StorePath physical = store.addTree("physical", directory("f", "12345"), Set.of());
    StorePath named = store.addText("named", "", Set.of());
    StorePath profile = store.addText("profile", "", Set.of());
    StorePath dead = store.addText("dead", "" + direct, Set.of(direct));
    StorePath deadTree = store.addTree("dead-tree", directory("f", "123"), Set.of(dead));
    Path roots = root.resolve("nix/var/nix/gcroots");
    Files.createDirectories(roots.resolve("sub/auto"));
    Files.createSymbolicLink(roots.resolve("sub/direct"), Path.of(direct + "/inside"));
    Path result = folder.resolve("résult");
    Files.createSymbolicLink(result, Path.of(indirect.toString()));
    Files.createSymbolicLink(roots.resolve("sub/auto/x"), result);
    Files.createSymbolicLink(roots.resolve("stale"), folder.resolve("nowhere"));
    Files.createSymbolicLink(roots.resolve("physical"), store.locate(physical));
    Files.createFile(roots.resolve(named.baseName()));
    Path profiles = Files.createDirectories(root.resolve("nix/var/nix/profiles"));
    Files.createSymbolicLink(profiles.resolve("one"), Path.of(profile.toString()));
    Files.createDirectories(root.resolve("nix/store/rubbish/in/here"));
    store.close();

    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
    Collected collected = store.gc();

    assertThat(collected.paths()).containsExactlyInAnyOrder(dead, deadTree);
    assertThat(collected.bytes()).isEqualTo(3 + direct.toString().length());
    assertThat(names("nix/store"))
        .containsExactlyInAnyOrder(
            leaf.baseName(),
            direct.baseName(),
            indirect.baseName(),
            physical.baseName(),
            named.baseName(),
            profile.baseName());
    assertThat(store.query(dead)).isEmpty();
    assertThat(store.verify(true)).isEmpty();
    assertThat(store.gc().paths()).isEmpty();
  }

  @Test
  void keepsWhatOpenStoresAddedOrAskedToKeep() throws IOException {
    StorePath leaf = store.addText("leaf", "x", Set.of());
    store.close();
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);
    store.keep(Set.of(leaf));

    try (WritableStore other = Stores.openWritable(new StoreLocation.Chroot(root), settings)) {
      StorePath added = other.addText("added", "", Set.of());
      assertThat(store.gc().paths()).isEmpty();
      assertThat(store.query(Set.of(leaf, added))).hasSize(2);
    }
    assertThat(store.gc().paths()).hasSize(1);
    assertThat(names("nix/var/nix/temproots")).hasSize(1);
    store.close();
    assertThat(names("nix/var/nix/temproots")).isEmpty();
  }

  @Test
  void cleansUpAfterProcessesThatAreGone() throws IOException {
    StorePath path = store.addText("x", "", Set.of());
    store.close();
    Path temporary = Files.createDirectories(root.resolve("nix/store/tmp-4242-1/x"));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("r-xr-xr-x"));
    Files.writeString(root.resolve("nix/var/nix/temproots/4242-1"), path + "\0");
    Files.createFile(root.resolve("nix/store/" + path.baseName() + ".lock"));
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);

    store.addText("y", "", Set.of());

    assertThat(names("nix/store")).noneMatch(name -> name.startsWith("tmp-"));
    assertThat(names("nix/var/nix/temproots")).noneMatch(name -> name.startsWith("4242"));
    assertThat(store.gc().paths()).containsExactly(path);
    assertThat(names("nix/store")).hasSize(1);
  }

  @Test
  void objectsThatAreCalledLikeLocksAreObjects() throws IOException {
    StorePath path = store.addText("flake.lock", "four", Set.of());
    store.close();
    store = Stores.openWritable(new StoreLocation.Chroot(root), settings);

    assertThat(store.gc()).isEqualTo(new Collected(List.of(path), 4));
    assertThat(names("nix/store")).isEmpty();
  }

  @Test
  void verifyGoesOnBehindWhatCannotBeRead() throws IOException {
    StorePath one = store.addTree("one", directory("f", "1"), Set.of());
    StorePath two = store.addText("two", "2", Set.of());
    for (StorePath path : List.of(one, two)) {
      Path object = store.locate(path);
      FileTree.delete(object);
      assertThat(
              new ProcessBuilder("mkfifo", object.toString()).start().onExit().join().exitValue())
          .isZero();
    }

    assertThat(store.verify(true))
        .extracting(StoreFault::toString)
        .containsExactlyInAnyOrder(
            one + " cannot be read: " + fifo(one), two + " cannot be read: " + fifo(two));
  }

  private String fifo(StorePath path) {
    return store.locate(path)
        + " is a fifo; a store object holds only files, directories and symbolic links";
  }

  @Test
  void verifyNamesWhatWasModified() throws IOException {
    StorePath path = store.addText("x", "before", Set.of());
    NarHash before = Nar.hash(store.locate(path));
    Files.delete(store.locate(path));
    Files.writeString(store.locate(path), "after");

    assertThat(store.verify(false)).isEmpty();
    assertThat(store.verify(true))
        .singleElement()
        .satisfies(fault ->
            assertThat(fault.toString())
                .startsWith(path + " was modified: its hash is ")
                .endsWith(" and not " + before.digest()));
  }

  @Test
  void nixsOwnStoreIsNotWritten() {
    assertThatThrownBy(() -> Stores.openWritable(new StoreLocation.Local(), settings))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void buildsAddToTheChosenStoreUnlessItIsNixsOwn() throws IOException {
    StoreLocation chroot = new StoreLocation.Chroot(root);
    try (Stores.ForBuild chosen = Stores.openForBuild(chroot, settings);
        Stores.ForBuild own = Stores.openForBuild(new StoreLocation.Local(), settings)) {
      StorePath here = chosen.own().addText("x", "", Set.of());
      StorePath there = own.own().addText("x", "", Set.of());

      assertThat(chosen.all().locate(here)).startsWith(root).exists();
      assertThat(own.all().locate(there)).startsWith(folder.resolve("embedded")).exists();
    }
  }

  @Test
  void locationsAreReadAsNixWritesThem() {
    Path here = Path.of("/here");
    assertThat(StoreLocation.parse("auto", here)).isEqualTo(new StoreLocation.Auto());
    assertThat(StoreLocation.parse("local", here)).isEqualTo(new StoreLocation.Local());
    assertThat(StoreLocation.parse("embedded", here)).isEqualTo(new StoreLocation.Embedded());
    assertThat(StoreLocation.parse("local?root=x/../y", here))
        .isEqualTo(new StoreLocation.Chroot(Path.of("/here/y")));
    for (String wrong :
        new String[] {"", "locla", "local?root=", "ssh://x", "file:x", "file://x"}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> StoreLocation.parse(wrong, here))
          .withMessageContaining("store '" + wrong + "'");
    }
  }

  private static NarNode directory(String name, String text) {
    return NarNode.Directory.of(Map.of(name, NarNode.Regular.of(text, false)));
  }

  private List<String> names(String directory) throws IOException {
    return DirectoryEntry.list(root.resolve(directory)).stream()
        .map(entry -> entry.name().toString())
        .toList();
  }
}
