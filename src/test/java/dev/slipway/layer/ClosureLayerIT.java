package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import dev.slipway.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is appended to a layer against {@code tar -r}, which appends files from a sorted list. */
class ClosureLayerIT {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void appendsAsGnuTarDoes(int seed) throws Exception {
    Peer peer = new Peer(dir);
    Random random = new Random(seed);
    Path begun = dir.resolve("begun");
    peer.python(new byte[0], "tree", begun.toString(), Integer.toString(100 * seed));
    Path store = Files.createDirectory(dir.resolve("store"));
    List<StoreLayer.Root> roots = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Path root = store.resolve("object-" + i);
      peer.python(new byte[0], "tree", root.toString(), Integer.toString(100 * seed + 1 + i));
      roots.add(new StoreLayer.Root(root.toString(), root));
    }
    String found =
        new String(
            peer.run(
                dir,
                new byte[0],
                List.of(
                    "sh",
                    "-c",
                    "find \"$1\" -mindepth 1 -print0 | LC_ALL=C sort -z",
                    "sh",
                    store.toString())),
            StandardCharsets.ISO_8859_1);
    boolean withStoreDir = random.nextBoolean();
    ByteArrayOutputStream list = new ByteArrayOutputStream();
    if (withStoreDir) {
      for (Path place = store; place.getParent() != null; place = place.getParent()) {
        String name = "." + place + "\0";
        byte[] before = list.toByteArray();
        list.reset();
        list.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        list.writeBytes(before);
      }
    }
    Set<RawName> leftOut = new HashSet<>();
    for (String path : found.split("\0", -1)) {
      if (path.isEmpty()) {
        continue;
      }
      byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
      if (random.nextInt(4) == 0) {
        leftOut.add(RawName.ofBytes(tail(bytes)));
      } else {
        list.writeBytes(bytes);
        list.write(0);
      }
    }
    byte[] expected =
        peer.run(
            Files.createDirectory(dir.resolve("here")),
            list.toByteArray(),
            List.of(
                "sh",
                "-c",
                """
                set -e
                common='--hard-dereference --sort=name --mtime=@315532800 --owner=root:0 --group=root:0'
                tar -C "$1" $common -cf ../layer.tar .
                mkdir -p ".$2"; chmod -R 555 .
                tar $common -rf ../layer.tar --no-recursion --null --verbatim-files-from -T - 2>/dev/null
                chmod -R 755 .
                cat ../layer.tar
                """,
                "sh",
                begun.toString(),
                store.toString()));

    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    Layer layer;
    byte[] written;
    try (LayerMeasurer measurer = new LayerMeasurer(2, DigestCache.NONE, _ -> {})) {
      layer =
          measurer.measure(
              new TreeLayer(new FolderTree(0, 0, _ -> {}).read(begun), TarDialect.GNU, 315532800),
              Channels.newChannel(seen),
              () ->
                  new ClosureLayer(
                      store.toString(), withStoreDir, roots, leftOut::contains, 315532800));
      written = Layers.write(layer);
    }

    assertThat(written).as("seed %d", seed).isEqualTo(expected);
    assertThat(layer.diffId().value()).isEqualTo(Digest.of(expected));
    assertThat(seen.toByteArray()).isEqualTo(Arrays.copyOf(expected, seen.size()));
    assertThat(Layers.write(layer)).as("without what was kept").isEqualTo(expected);
  }

  private static byte[] tail(byte[] bytes) {
    return Arrays.copyOfRange(bytes, 1, bytes.length);
  }
}
