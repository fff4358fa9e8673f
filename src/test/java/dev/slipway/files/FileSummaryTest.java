package dev.slipway.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileSummaryTest {
  @TempDir Path folder;

  @Test
  void itSaysAsMuchAsTheWholeStatus() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(-5, 123_456_789)));
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));

    for (Path path : List.of(file, folder, link, Path.of("/tmp"), Path.of("/dev/null"))) {
      FileStatus all = FileStatus.of(path);
      assertThat(FileSummary.of(path))
          .as(path.toString())
          .isEqualTo(
              new FileSummary(all.kind(), all.mode(), all.size(), all.modified(), all.rdev()));
    }
    assertThat(FileSummary.of(Path.of("/tmp")).mode()).isEqualTo(01777);
    assertThat(FileSummary.of(Path.of("/dev/null")).rdev()).isEqualTo(0x103);
  }

  @Test
  void whatIsMissingIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> FileSummary.of(missing))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(missing.toString());
  }
}
