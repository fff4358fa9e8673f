package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.layer.CopyJoin.DirectoryLinks;
import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CopyJoinTest {
  private static final String STORE = "/gone/store";

  @TempDir Path folder;

  /** What is in the tree: a line for each file. */
  private static List<String> listing(TreeNode.Directory tree) {
    List<String> lines = new ArrayList<>();
    lines.add("%o .".formatted(tree.mode()));
    list("", tree, lines);
    return lines;
  }

  private static void list(String prefix, TreeNode.Directory directory, List<String> lines) {
    directory
        .children()
        .forEach((name, node) -> {
          String path = prefix + name;
          switch (node) {
            case TreeNode.Directory below -> {
              lines.add("%o %s/".formatted(below.mode(), path));
              list(path + "/", below, lines);
            }
            case TreeNode.Symlink link -> lines.add(path + " -> " + link.target());
            case TreeNode.Regular file ->
                lines.add("%o %s %d".formatted(file.mode(), path, file.content().size()));
            default -> lines.add(path + " " + node.getClass().getSimpleName());
          }
        });
  }

  private List<String> join(DirectoryLinks links, String... items) throws IOException {
    LinkSource objects = new LinkSource(folder);
    return listing(new CopyJoin(STORE, objects::locate, links, 0, 0, _ -> {}).join(List.of(items)));
  }

  private record LinkSource(Path folder) {
    Path locate(String path) throws IOException {
      Path place = folder.resolve(path.substring(STORE.length() + 1));
      if (place.getFileName().toString().startsWith("unknown")) {
        throw new NoSuchFileException(path);
      }
      return place;
    }
  }

  private Path file(String path, String content) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    return file;
  }

  private void link(String path, String target) throws IOException {
    Path link = folder.resolve(path);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  @Test
  void withoutContentsTheRootIsWritableForItsGroup() throws Exception {
    assertThat(join(DirectoryLinks.COPIED)).containsExactly("775 .");
  }

  @Test
  void theLastItemWinsWhateverItsSize() throws Exception {
    file("a/x", "one");
    file("a/y", "one");
    file("b/x", "two");
    file("b/y", "longer");
    file("b/d/z", "");
    Files.setPosixFilePermissions(
        folder.resolve("b"), PosixFilePermissions.fromString("r-xr-xr-x"));
    TreeNode.Directory tree =
        new CopyJoin(STORE, new LinkSource(folder)::locate, DirectoryLinks.COPIED, 7, 8, _ -> {})
            .join(List.of(STORE + "/a", STORE + "/b"));
    assertThat(listing(tree)).containsExactly("775 .", "755 d/", "444 d/z 0", "444 x 3", "444 y 6");
    assertThat(tree.children().get(RawName.of("x")))
        .isInstanceOfSatisfying(
            TreeNode.Regular.class,
            file -> {
              assertThat(((SourceFile) file.content()).path()).isEqualTo(folder.resolve("b/x"));
              assertThat(file.uid()).isEqualTo(7);
              assertThat(file.gid()).isEqualTo(8);
            });
  }

  @Test
  void linksAreFollowedThroughTheStoreOnly() throws Exception {
    file("other/lib/libx", "x");
    link("other/lib64", STORE + "/other/lib");
    link("a/abs", STORE + "/other/lib64");
    link("a/up", "../other/lib");
    link("a/up-from-the-root", "../../../../../gone/store/other/lib");
    link("a/file", STORE + "/other/lib/libx");
    link("a/dangling", "nowhere");
    link("a/unknown", STORE + "/unknown-object");
    link("a/elsewhere", "/elsewhere");
    link("a/out", "../../../elsewhere");
    link("a/loop", "loop");
    link("a/long", "t".repeat(300) + "/x");
    link("a/below-a-file", STORE + "/other/lib/libx/y");
    assertThat(join(DirectoryLinks.COPIED, STORE + "/a"))
        .containsExactly(
            "775 .",
            "755 abs/",
            "444 abs/libx 1",
            "below-a-file -> " + STORE + "/other/lib/libx/y",
            "dangling -> nowhere",
            "elsewhere -> /elsewhere",
            "file -> " + STORE + "/other/lib/libx",
            "long -> " + "t".repeat(300) + "/x",
            "loop -> loop",
            "out -> ../../../elsewhere",
            "unknown -> " + STORE + "/unknown-object",
            "755 up/",
            "444 up/libx 1",
            "755 up-from-the-root/",
            "444 up-from-the-root/libx 1");
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "../d", "/gone/store/a", "../../a/d/.", "/gone/store"})
  void refusesLinksToWhatContainsThem(String target) throws Exception {
    link("a/d/link", target);
    assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/a"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "/gone/store/a: the link /gone/store/a/d/link leads to a directory that contains it: "
                + target);
    assertThat(join(DirectoryLinks.KEPT, STORE + "/a"))
        .containsExactly("775 .", "755 d/", "d/link -> " + Path.of(target));
  }

  @Test
  void refusesLinksThatLeadRoundInTurns() throws Exception {
    link("a/b/to-c", "../c");
    link("a/c/to-b", "../b");
    assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/a"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("leads to a directory that contains it");
  }

  @Test
  void whatIsKeptALinkTakesALaterDirectory() throws Exception {
    file("a/lib/one", "1");
    link("a/lib64", "lib");
    link("a/deep/back", ".././lib64/");
    file("b/lib64/two", "22");
    file("b/deep/back/three", "333");
    file("b/lib/one", "1111");
    assertThat(join(DirectoryLinks.KEPT, STORE + "/a", STORE + "/b"))
        .containsExactly(
            "775 .",
            "755 deep/",
            "deep/back -> .././lib64",
            "755 lib/",
            "444 lib/one 4",
            "444 lib/three 3",
            "444 lib/two 2",
            "lib64 -> lib");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/gone/store/other/lib", "/elsewhere", "..", "../../lib", "x/../../y"})
  void refusesToCopyToOutsideOfTheLayer(String target) throws Exception {
    file("other/lib/libx", "x");
    Files.createDirectories(folder.resolve("a/x"));
    link("a/lib", target);
    file("b/lib/liby", "y");
    assertThatThrownBy(() -> join(DirectoryLinks.KEPT, STORE + "/a", STORE + "/b"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "/gone/store/b/lib would be copied through a link that leads out of the image: "
                + target);
  }

  @Test
  void aDirectoryTakesThePlaceOfWhateverIsNone() throws Exception {
    file("a/file", "x");
    link("a/dangling", "nowhere");
    link("a/to-file", "file-too");
    link("a/loop", "loop");
    file("a/file-too", "x");
    for (String name : List.of("file", "dangling", "to-file", "loop")) {
      file("b/" + name + "/in", "");
    }
    List<String> joined = join(DirectoryLinks.KEPT, STORE + "/a", STORE + "/b");
    assertThat(joined).contains("755 file/", "755 dangling/", "755 to-file/", "755 loop/");
    assertThat(join(DirectoryLinks.COPIED, STORE + "/a", STORE + "/b")).isEqualTo(joined);
  }

  @Test
  void nothingElseTakesThePlaceOfADirectoryThatIsNotEmpty() throws Exception {
    file("a/full/x", "x");
    Files.createDirectories(folder.resolve("a/empty"));
    file("file/full", "x");
    link("link/full", "nowhere");
    file("good/empty", "x");
    assertThat(join(DirectoryLinks.COPIED, STORE + "/a", STORE + "/good")).contains("444 empty 1");
    for (String item : List.of("file", "link")) {
      assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/a", STORE + "/" + item))
          .isInstanceOf(ImageException.class)
          .hasMessage(
              "/gone/store/"
                  + item
                  + "/full would replace a directory that is not empty, which only a directory"
                  + " may");
    }
  }

  @Test
  void itemsMayBeDirectoriesInObjectsAndLinksToThem() throws Exception {
    file("a/d/x", "x");
    link("to-d", STORE + "/a/d");
    assertThat(join(DirectoryLinks.COPIED, STORE + "/a/d")).contains("444 x 1");
    assertThat(join(DirectoryLinks.COPIED, STORE + "/to-d")).contains("444 x 1");
  }

  @Test
  void refusesItemsThatAreNoDirectories() throws Exception {
    file("a", "x");
    link("b", "/elsewhere");
    assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/a"))
        .hasMessage("/gone/store/a is not a directory");
    assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/b"))
        .hasMessage("/gone/store/b does not lead to a directory inside /gone/store");
    assertThatThrownBy(() -> join(DirectoryLinks.COPIED, STORE + "/c"))
        .hasMessage("/gone/store/c does not exist");
  }
}
