package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.FileStatus;
import dev.slipway.files.RawName;
import dev.slipway.files.TreeForm;
import dev.slipway.files.TreeSink;
import dev.slipway.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers of which some store paths are written already, and others lie as files. */
class ArrivingMembersTest {
  private static final long SEED = 42;

  @TempDir private Path folder;
  private final List<StoreLayer.Root> roots = new ArrayList<>();
  private final Map<String, TreeForm.Formed> formed = new HashMap<>();

  private StoreLayer layer() {
    return new StoreLayer("/nix/store", roots, StoreLayer.Owner.ROOT, 1);
  }

  /** Objects from one file to several hundred KiB. */
  private void makeObjects() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 14; i++) {
      Path object = folder.resolve("object" + i);
      if (i % 5 == 0) {
        Files.write(object, new byte[random.nextInt(300_000)]);
      } else {
        Files.createDirectory(object);
        int files = random.nextInt(40);
        for (int j = 0; j < files; j++) {
          Path file = object.resolve("n".repeat(random.nextInt(1, 120)) + j);
          Files.write(file, new byte[j % 7 == 0 ? random.nextInt(200_000) : random.nextInt(900)]);
          Files.setPosixFilePermissions(file, mode(random.nextBoolean()));
        }
        Files.createSymbolicLink(object.resolve("link"), Path.of("t".repeat(1 + i * 20)));
        Files.setPosixFilePermissions(Files.createDirectory(object.resolve("empty")), mode(true));
      }
      Files.setPosixFilePermissions(object, mode(i % 5 != 0 || i == 5));
      roots.add(new StoreLayer.Root("/nix/store/" + object.getFileName(), object));
    }
  }

  private static Set<PosixFilePermission> mode(boolean open) {
    return PosixFilePermissions.fromString(open ? "r-xr-xr-x" : "r--r--r--");
  }

  /** Writes an object as it stands in the layer, and takes its files away. */
  private void form(StoreLayer.Root root) throws IOException {
    Path part = folder.resolve("part" + formed.size());
    long nodes;
    try (FileChannel out =
        FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      nodes = tell(RawName.of(""), root.file(), layer().form().begin(root.archivePath(), out));
    }
    formed.put(root.archivePath(), new TreeForm.Formed(part, nodes));
    Files.move(root.file(), folder.resolve("gone" + formed.size()));
  }

  private static long tell(RawName name, Path path, TreeSink sink) throws IOException {
    FileStatus status = FileStatus.of(path);
    switch (status.kind()) {
      case REGULAR -> {
        byte[] bytes = Files.readAllBytes(path);
        sink.file(
            name,
            (status.mode() & 0100) != 0,
            bytes.length,
            out -> out.write(ByteBuffer.wrap(bytes)));
      }
      case SYMLINK -> sink.symlink(name, RawName.linkTarget(path));
      default -> {
        long nodes = 1;
        sink.directory(name);
        for (DirectoryEntry child : DirectoryEntry.list(path)) {
          nodes += tell(child.name(), child.path(), sink);
        }
        sink.endDirectory();
        return nodes;
      }
    }
    return 1;
  }

  private Arrival arrival() {
    return new Arrival() {
      @Override
      public boolean isHere() {
        return false;
      }

      @Override
      public void begin() {}

      @Override
      public Map<String, TreeForm.Formed> await() {
        return formed;
      }
    };
  }

  private Layer measured(LayerMeasurer measurer) throws IOException {
    return measurer
        .measure(List.of(new LayerMeasurer.Request(layer(), null, 0, arrival())))
        .getFirst()
        .await();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0, 67108864",
    "131072, 0",
    "131072, 67108864",
    "600000, 1000",
    "67108864, 67108864"
  })
  void areTheSameBytesHoweverMuchIsRemembered(long kept, long tables) throws Exception {
    makeObjects();
    Layer files = Layers.measure(layer());
    byte[] expected = Layers.write(files);
    for (int i : List.of(0, 1, 2, 5, 7, 12, 13)) {
      form(roots.get(i));
    }
    try (LayerMeasurer measurer = new LayerMeasurer(2, DigestCache.NONE, _ -> {}, kept, tables)) {
      Layer layer = measured(measurer);

      assertThat(layer.diffId()).isEqualTo(files.diffId());
      assertThat(layer.entries()).isEqualTo(files.entries());
      assertThat(Layers.write(layer)).as("seed %d", SEED).isEqualTo(expected);
      Path out = folder.resolve("out");
      try (FileChannel channel =
          FileChannel.open(out, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        layer.tar().writeTo(channel);
      }
      assertThat(Files.readAllBytes(out)).isEqualTo(expected);
    }
  }

  @Test
  void aPartThatChangedSinceIsNamed() throws Exception {
    Path object = Files.write(folder.resolve("object"), new byte[300_000]);
    roots.add(new StoreLayer.Root("/nix/store/object", object));
    form(roots.getFirst());
    Path part = formed.values().iterator().next().file();
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      Layer layer = measured(measurer);
      assertThat(Digest.of(Layers.write(layer))).isEqualTo(layer.diffId().value());
      Files.setLastModifiedTime(part, FileTime.fromMillis(1));

      assertThatThrownBy(() -> Layers.write(layer))
          .isInstanceOf(FileChangedException.class)
          .hasMessage(part + " changed while the layer was made");
    }
  }

  @Test
  void treesThatPythonSortsOtherwiseHaveNoForm() throws Exception {
    TreeSink sink =
        layer().form().begin("/nix/store/x", Channels.newChannel(OutputStream.nullOutputStream()));
    sink.directory(RawName.of(""));
    sink.symlink(RawName.ofBytes(new byte[] {(byte) 0x80}), RawName.of("t"));

    assertThatThrownBy(() -> sink.symlink(RawName.of("\u00e9"), RawName.of("t")))
        .isInstanceOf(TreeForm.UnfitException.class)
        .hasMessage("/nix/store/x/\u00e9 stands elsewhere in a layer than in a NAR");
  }
}
