package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Joined contents against X.Org's lndir. */
class LinkJoinIT {
  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 11, 13})
  void joinsAsLndirDoes(int seed) throws Exception {
    Peer peer = new Peer(dir);
    Path store = Files.createDirectory(dir.resolve("store"));
    Path joined = Files.createDirectory(dir.resolve("joined"));
    List<String> contents = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Path content = store.resolve("content-" + i);
      peer.python(
          new byte[0], "tree", content.toString(), Integer.toString(10 * seed + i), "joinable");
      contents.add(content.toString());
    }
    Path link = Files.createSymbolicLink(store.resolve("link"), store.resolve("content-3"));
    contents.set(3, link.toString());
    for (String content : contents) {
      peer.run(
          joined,
          new byte[0],
          List.of("sh", "-c", "umask 022; lndir -silent \"$1\"", "sh", content));
    }
    Layer expected = Layers.measure(Layers.folder(joined, 1));

    TreeNode.Directory tree = new LinkJoin(store.toString(), Path::of, _ -> {}).join(contents);

    assertThat(Layers.measure(new TreeLayer(tree, 1)).diffId())
        .as("seed %d", seed)
        .isEqualTo(expected.diffId());
  }
}
