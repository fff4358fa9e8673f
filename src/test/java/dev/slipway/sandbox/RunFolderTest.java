package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.os.FileTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunFolderTest {
  @TempDir private Path parent;

  @Test
  void whatWasLeftIsRemoved() throws Exception {
    Path left = Files.createDirectory(parent.resolve("slipway-run.1"));
    Files.createFile(left.resolve("lock"));
    Path other = Files.createDirectory(parent.resolve("other"));
    try (RunFolder running = RunFolder.create(parent, FileTree::delete);
        RunFolder folder = RunFolder.create(parent, FileTree::delete)) {
      assertThat(left).doesNotExist();
      assertThat(other).exists();
      assertThat(running.path()).exists();
      assertThat(folder.path()).exists();
    }
    assertThat(parent).isDirectoryNotContaining(path -> !path.equals(other));
  }

  @Test
  void thoseThatBeginAtOnceLeaveEachOtherAlone() throws Exception {
    List<Future<?>> runs = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (int i = 0; i < 6; i++) {
        runs.add(
            threads.submit(() -> {
              for (int j = 0; j < 60; j++) {
                try (RunFolder folder = RunFolder.create(parent, FileTree::delete)) {
                  assertThat(folder.path().resolve("lock")).exists();
                }
              }
              return null;
            }));
      }
    }
    for (Future<?> run : runs) {
      run.get();
    }
    assertThat(parent).isEmptyDirectory();
  }
}
