package dev.slipway.sandbox;

import dev.slipway.files.RawName;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.FolderTree;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.TreeMap;

/**
 * A tree that is kept for somebody to look at: as files in {@code tree}, which are the caller's and
 * lack device nodes, and with everything in {@code layer.tar} if it had to be packed for that.
 *
 * @param place the folder where both are put
 */
record KeptTree(Path place) {
  /** Puts a tree where it is kept. */
  @FunctionalInterface
  interface Keeping {
    /**
     * Puts it into {@code place}.
     *
     * @throws IOException if it cannot be read or written
     * @throws InterruptedException if that is interrupted
     */
    void into(KeptTree place) throws IOException, InterruptedException;
  }

  /**
   * Keeps what a script has left that has failed, if that is asked for and can be done.
   *
   * @param name what the script is called
   * @throws InterruptedException if that is interrupted
   */
  static void keep(SandboxSettings settings, String name, Keeping keeping)
      throws InterruptedException {
    if (settings.keepFailed().isEmpty()) {
      return;
    }
    String what = "what " + name + " has left ";
    try {
      Path place = Files.createTempDirectory(settings.keepFailed().get(), "slipway-failed.");
      keeping.into(new KeptTree(place));
      settings.warnings().accept(what + "is kept in " + place);
    } catch (IOException e) {
      // Why the script has failed is what has to be said in the end.
      settings.warnings().accept(what + "could not be kept: " + e.getMessage());
    }
  }

  /**
   * Takes a folder of the caller's as it is, or copies it from another file system.
   *
   * @throws IOException if it cannot be read or written
   * @throws InterruptedException if that is interrupted
   */
  void move(Path folder) throws IOException, InterruptedException {
    try {
      Files.move(folder, place.resolve("tree"), StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      write(new FolderTree(0, 0, _ -> {}).read(folder));
    }
  }

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
      SystemTar.unpack(out -> measurer.measure(plain, out), files);
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
