package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkJoinTest {
  @TempDir Path store;
  private final List<String> conflicts = new ArrayList<>();
  private LinkJoin join;

  @BeforeEach
  void setUp() throws Exception {
    join =
        new LinkJoin(
            "/nix/store",
            path -> store.resolve(path.substring("/nix/store/".length())),
            conflicts::add);
    Files.createDirectories(store.resolve("p/bin"));
    Files.writeString(store.resolve("p/bin/tool"), "x");
    Files.createSymbolicLink(store.resolve("p/lib"), Path.of("bin"));
    Files.createSymbolicLink(store.resolve("abs"), Path.of("/nix/store/p"));
    Files.createSymbolicLink(store.resolve("rel"), Path.of("abs/lib/../bin"));
    Files.createSymbolicLink(store.resolve("out"), Path.of("/no/such"));
    Files.createSymbolicLink(store.resolve("up"), Path.of("../../no/such"));
    Files.createSymbolicLink(store.resolve("loop"), Path.of("loop"));
    Files.createSymbolicLink(store.resolve("dangling"), Path.of("/nix/store/none"));
  }

  @Test
  void linksBeginWithTheContentsOwnPath() throws Exception {
    TreeNode.Directory tree = join.join(List.of("/nix/store/abs"));

    assertThat(tree.mode()).isEqualTo(0755);
    assertThat(tree.children().get(RawName.of("lib"))).isEqualTo(link("bin"));
    assertThat(directory(tree, "bin").children())
        .containsOnlyKeys(RawName.of("tool"))
        .containsValue(link("/nix/store/abs/bin/tool"));
  }

  @Test
  void aContentMayLeadThroughLinksInTheStore() throws Exception {
    assertThat(join.join(List.of("/nix/store/rel")).children())
        .containsValue(link("/nix/store/rel/tool"));
    assertThat(join.join(List.of("/nix/store/abs/lib/")).children())
        .containsValue(link("/nix/store/abs/lib/tool"));
  }

  @Test
  void linksAreFollowedByteForByte() throws Exception {
    RawName odd = RawName.ofBytes(new byte[] {'d', (byte) 0xff});
    Path folder = Files.createDirectories(odd.resolveIn(store.resolve("p")));
    Files.writeString(folder.resolve("file"), "x");
    RawName absolute = RawName.of("/nix/store/p/").append(odd);
    Files.createSymbolicLink(store.resolve("bytes"), absolute.resolveIn(store));
    Files.createSymbolicLink(store.resolve("p/to"), store.relativize(odd.resolveIn(store)));

    for (String content : List.of("/nix/store/bytes", "/nix/store/p/to")) {
      assertThat(join.join(List.of(content)).children())
          .containsOnlyKeys(RawName.of("file"))
          .containsValue(link(content + "/file"));
    }
    assertThat(directory(join.join(List.of("/nix/store/p")), odd).children())
        .containsValue(new TreeNode.Symlink(0, 0, absolute.append(RawName.of("/file"))));
  }

  @Test
  void theFirstContentWinsAndTheOthersAreReported() throws Exception {
    Files.createDirectories(store.resolve("q/lib"));
    Files.createDirectories(store.resolve("q/bin/tool"));
    Files.writeString(store.resolve("q/bin/other"), "x");

    TreeNode.Directory tree = join.join(List.of("/nix/store/p", "/nix/store/q"));

    assertThat(tree.children().get(RawName.of("lib"))).isEqualTo(link("bin"));
    assertThat(directory(tree, "bin").children().values())
        .containsExactly(link("/nix/store/q/bin/other"), link("/nix/store/p/bin/tool"));
    assertThat(conflicts)
        .containsExactly(
            "/nix/store/q/lib is left out: an earlier content has that name",
            "/nix/store/q/bin/tool is left out: an earlier content has that name");
  }

  @Test
  void revisionControlAndBackupsAreLeftOut() throws Exception {
    for (String name : List.of("CVS", ".git", "BitKeeper", "dir~")) {
      Files.createDirectories(store.resolve("v").resolve(name).resolve("below"));
    }
    Files.writeString(store.resolve("v/file~"), "x");
    Files.writeString(store.resolve("v/RCS"), "a file by that name stays");

    assertThat(join.join(List.of("/nix/store/v")).children()).containsOnlyKeys(RawName.of("RCS"));
  }

  @ParameterizedTest
  @CsvSource({
    "/nix/store/p/bin/tool, is not a directory",
    "/nix/store/none, does not exist",
    "/nix/store/dangling, does not exist",
    "/nix/store/out, does not lead to a directory inside /nix/store",
    "/nix/store/up, does not lead to a directory inside /nix/store",
    "/etc, does not lead to a directory inside /nix/store",
    "/nix/store/, does not lead to a directory inside /nix/store",
    "/nix/store/loop, leads through too many symbolic links"
  })
  void whatIsNoDirectoryInTheStoreIsNamed(String content, String message) {
    assertThatThrownBy(() -> join.join(List.of(content)))
        .isInstanceOf(ImageException.class)
        .hasMessage(content + " " + message);
  }

  private static TreeNode link(String target) {
    return new TreeNode.Symlink(0, 0, RawName.of(target));
  }

  private static TreeNode.Directory directory(TreeNode.Directory parent, String name) {
    return directory(parent, RawName.of(name));
  }

  private static TreeNode.Directory directory(TreeNode.Directory parent, RawName name) {
    return (TreeNode.Directory) Objects.requireNonNull(parent.children().get(name));
  }
}
