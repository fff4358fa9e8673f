package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.TreeMap;

/**
 * A tree that is kept for somebody to look at: as files in {@code tree}, which are the caller's and
 * lack device nodes, and with everything in {@code layer.tar}.
 *
 * @param place the folder where both are put
 */
record KeptTree(Path place) {
  /**
   * Writes the tree.
   *
   * @throws IOException if it cannot be written
   * @throws InterruptedException if that is interrupted
   */
  void write(TreeNode.Directory tree) throws IOException, InterruptedException {
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {});
        FileChannel tar =
            FileChannel.open(
                place.resolve("layer.tar"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE)) {
      measurer.measure(new TreeLayer(tree, 0), tar);
      Path files = Files.createDirectory(place.resolve("tree"));
      TreeLayer plain = new TreeLayer(withoutDevices(tree), 0);
      new PlainSandbox(place, _ -> {}).unpack(out -> measurer.measure(plain, out), files);
    }
  }

  private static TreeNode.Directory withoutDevices(TreeNode.Directory folder) {
    TreeMap<RawName, TreeNode> children = new TreeMap<>();
    folder
        .children()
        .forEach((name, child) -> {
          switch (child) {
            case TreeNode.Directory inner -> children.put(name, withoutDevices(inner));
            case TreeNode.Device _ -> {}
            default -> children.put(name, child);
          }
        });
    return new TreeNode.Directory(folder.mode() | 0700, folder.uid(), folder.gid(), children);
  }
}
