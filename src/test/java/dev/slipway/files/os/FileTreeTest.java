package dev.slipway.files.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileTreeTest {
  @TempDir private Path folder;

  @Test
  void deletesWhateverModesAndNamesThereAre() throws IOException {
    Path top = Files.createDirectory(folder.resolve("top"));
    Path odd = RawName.ofBytes(new byte[] {'o', (byte) 0xff}).resolveIn(top);
    Files.createDirectory(odd);
    Files.writeString(odd.resolve("file"), "12345");
    Files.writeString(folder.resolve("outside"), "stays");
    Files.createSymbolicLink(odd.resolve("link"), folder);
    Files.setPosixFilePermissions(odd, PosixFilePermissions.fromString("---------"));
    Files.setPosixFilePermissions(top, PosixFilePermissions.fromString("r-xr-xr-x"));

    assertThat(FileTree.delete(top)).isEqualTo(5 + folder.toString().length());

    assertThat(top).doesNotExist();
    assertThat(folder.resolve("outside")).hasContent("stays");
    assertThat(FileTree.delete(top)).isZero();
  }

  @Test
  void deletesDirectoriesThatNoPathLeadsTo() throws Exception {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Files.createDirectory(tree.resolve("deep-0"));
    String script =
        "for i in $(seq 100); do mkdir $0 && cd $0 || exit 1; done; echo x >file; chmod 0 .";
    Process shell =
        new ProcessBuilder("bash", "-c", script, "d".repeat(200)).directory(tree.toFile()).start();
    assertThat(shell.waitFor()).isZero();

    FileTree.delete(tree);

    assertThat(folder).isEmptyDirectory();
  }
}
