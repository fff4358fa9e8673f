package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.layer.CopyJoin.DirectoryLinks;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Contents copied over one another against rsync, told to look at more than sizes. */
class CopyJoinIT {
  private static final List<String> NAMES = List.of("a", "b", "c", "d e", "\u00e9");
  private static final int TREES = 40;

  @TempDir Path dir;

  @ParameterizedTest
  @EnumSource
  void copiesAsRsyncDoes(DirectoryLinks links) throws Exception {
    int failures = 0;
    for (int seed = 1; seed <= TREES; seed++) {
      Path store = Files.createDirectory(dir.resolve("store-" + seed));
      Random random = new Random(seed);
      List<String> items = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Path item = Files.createDirectory(store.resolve("item-" + i));
        fill(item, item, links, 1, random);
        setMode(item, links, random);
        items.add(item.toString());
      }
      if (random.nextBoolean()) {
        items.add(Files.createSymbolicLink(store.resolve("link"), Path.of("item-0")).toString());
      }
      Path copied = Files.createDirectory(dir.resolve("copied-" + seed));
      if (rsync(items, copied, links)) {
        Layer expected = Layers.measure(Layers.folder(copied, 1));
        TreeNode.Directory tree = join(store, items, links);
        assertThat(Layers.measure(new TreeLayer(tree, 1)).diffId())
            .as("seed %d", seed)
            .isEqualTo(expected.diffId());
      } else {
        failures++;
        assertThatThrownBy(() -> join(store, items, links))
            .as("seed %d", seed)
            .isInstanceOf(ImageException.class);
      }
    }
    assertThat(failures).isBetween(1, TREES - 10);
  }

  private static TreeNode.Directory join(Path store, List<String> items, DirectoryLinks links)
      throws IOException {
    return new CopyJoin(store.toString(), Path::of, links, 0, 0, _ -> {}).join(items);
  }

  private boolean rsync(List<String> items, Path copied, DirectoryLinks links) throws Exception {
    for (String item : items) {
      List<String> command =
          List.of(
              "rsync",
              "-aI",
              links == DirectoryLinks.COPIED ? "--copy-dirlinks" : "--keep-dirlinks",
              item + "/",
              copied + "/");
      int status =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (status != 0) {
        return false;
      }
    }
    int mode = (int) Files.getAttribute(copied, "unix:mode") & 07777;
    Files.setAttribute(copied, "unix:mode", mode | 0220);
    return true;
  }

  /** Links lead to directories called "end", in which there are no links. */
  private static void fill(Path item, Path folder, DirectoryLinks links, int depth, Random random)
      throws IOException {
    Path end = Files.createDirectories(folder.resolve("end/end"));
    Files.writeString(end.resolve("x"), "in " + end);
    Files.writeString(end.resolve("y" + random.nextInt(3)), "in " + end);
    for (String name : NAMES) {
      Path path = folder.resolve(name);
      int kind = random.nextInt(9);
      if (kind < 3 && depth > 0) {
        Files.createDirectory(path);
        if (random.nextInt(4) > 0) {
          fill(item, path, links, depth - 1, random);
        }
        setMode(path, links, random);
      } else if (kind < 5) {
        Files.writeString(path, name + random.nextInt(100));
        setMode(path, DirectoryLinks.COPIED, random);
      } else if (kind < 8) {
        Files.createSymbolicLink(path, Path.of(target(item, folder, links, random)));
      }
    }
  }

  private static String target(Path item, Path folder, DirectoryLinks links, Random random) {
    return switch (random.nextInt(links == DirectoryLinks.COPIED ? 8 : 5)) {
      case 0 -> "end";
      case 1 -> "./end//end";
      case 2 -> folder.relativize(item.resolve("end")) + "/";
      case 3 -> "end/end/x";
      case 4 -> "nowhere";
      case 5 -> item.resolve("end/end").toString();
      case 6 -> item.resolveSibling("item-0/end/../end").toString();
      default -> item.resolve("nowhere").toString();
    };
  }

  /** New versions of rsync refuse to change modes through links that they have kept. */
  private static void setMode(Path path, DirectoryLinks links, Random random) throws IOException {
    boolean usual = links == DirectoryLinks.KEPT || random.nextBoolean();
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(usual ? "rwxr-xr-x" : "rwxr-x--x"));
  }
}
