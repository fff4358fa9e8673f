package dev.slipway.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerPathsTest {
  @TempDir Path folder;

  /** A layer of empty files, and of directories where a name ends in a slash. */
  private static TarReader layer(String... names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(Channels.newChannel(out), TarDialect.GNU);
    RawName none = RawName.of("");
    for (String name : names) {
      TarHeader.Type type = name.endsWith("/") ? TarHeader.Type.DIRECTORY : TarHeader.Type.REGULAR;
      tar.header(new TarHeader(type, RawName.of(name), 0755, 0, 0, none, none, 0, 1, none, 0, 0));
    }
    tar.finish();
    return new TarReader(new ByteArrayInputStream(out.toByteArray()), "layer");
  }

  private static LayerPaths of(TarReader... layers) throws IOException {
    LayerPaths paths = new LayerPaths(_ -> true);
    for (TarReader layer : layers) {
      paths.add(layer);
    }
    return paths;
  }

  private static List<String> present(LayerPaths paths, String... names) {
    return Stream.of(names).filter(name -> paths.contains(RawName.of(name))).toList();
  }

  @Test
  void namesAreThoseFromTheRootHoweverTheyAreWritten() throws Exception {
    LayerPaths paths = of(layer("./", "./a/", "a//b", "/c/d/", "/c/./d/e", "./f g\"'\u00e9"));
    assertThat(present(paths, "", "a", "a/b", "c", "c/d", "c/d/e", "f g\"'\u00e9"))
        .containsExactly("a", "a/b", "c/d", "c/d/e", "f g\"'\u00e9");
  }

  @Test
  void aWhiteoutHidesWhatLowerLayersHaveThere() throws Exception {
    LayerPaths paths =
        of(layer("d/", "d/x", "d/x-y", "d/x/z", "e"), layer("d/.wh.x", ".wh.e", "d/new"));
    assertThat(present(paths, "d", "d/x", "d/x/z", "d/x-y", "d/new", "e", "d/.wh.x"))
        .containsExactly("d", "d/x-y", "d/new");
  }

  @Test
  void aWhiteoutHidesNothingOfItsOwnLayer() throws Exception {
    LayerPaths paths = of(layer("d/old"), layer("d/new", "d/.wh.new", "d/.wh..wh..opq"));
    assertThat(present(paths, "d/old", "d/new")).containsExactly("d/new");
  }

  @Test
  void anOpaqueMarkerHidesWhatIsBelowItsDirectory() throws Exception {
    LayerPaths paths =
        of(layer("d/", "d/a", "d/e/f", "d-e", "d0"), layer("d/", "d/.wh..wh..opq", "d/b"));
    assertThat(present(paths, "d", "d/a", "d/e/f", "d/b", "d-e", "d0"))
        .containsExactly("d", "d/b", "d-e", "d0");
    paths.add(layer("./.wh..wh..opq", "new"));
    assertThat(present(paths, "d", "d/b", "d-e", "new")).containsExactly("new");
  }

  @Test
  void whatIsNoDirectoryHidesWhatIsBelowIt() throws Exception {
    LayerPaths paths = of(layer("d/", "d/a"), layer("d"));
    assertThat(present(paths, "d", "d/a")).containsExactly("d");
    paths.add(layer("d/", "d/b"));
    assertThat(present(paths, "d", "d/a", "d/b")).containsExactly("d", "d/b");
  }

  @Test
  void whatIsNoDirectoryHidesWhatItsLayerHadBelowIt() throws Exception {
    LayerPaths paths = of(layer("d/", "d/a", "d/b/c", "d-e", "d", "d0"));
    assertThat(present(paths, "d", "d/a", "d/b/c", "d-e", "d0")).containsExactly("d", "d-e", "d0");
  }

  @Test
  void whatAufsKeepsForItselfIsNoWhiteout() throws Exception {
    LayerPaths paths = of(layer("plnk", "wh.plnk"), layer(".wh..wh.plnk", ".wh..wh.aufs"));
    assertThat(present(paths, "plnk", "wh.plnk")).containsExactly("plnk", "wh.plnk");
  }

  @Test
  void treesAddWhatIsWanted() throws Exception {
    LayerPaths paths = new LayerPaths(path -> path.toString().startsWith("w"));
    Files.createDirectories(folder.resolve("w1/no"));
    Files.createFile(folder.resolve("other"));
    Files.createSymbolicLink(folder.resolve("w2"), Path.of("w1"));
    paths.add(new FolderTree(0, 0, _ -> {}).read(folder));
    TreeMap<RawName, TreeNode> children = new TreeMap<>();
    children.put(RawName.of("w3"), new TreeNode.Fifo(0644, 0, 0));
    children.put(RawName.of("v"), new TreeNode.Fifo(0644, 0, 0));
    paths.add(new TreeNode.Directory(0755, 0, 0, children));
    assertThat(present(paths, "w1", "w1/no", "w2", "w2/no", "w3", "v", "other"))
        .containsExactly("w1", "w1/no", "w2", "w3");
  }
}
