package dev.slipway.files.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.FileSummary;
import dev.slipway.files.RawName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class ManyFilesTest {
  private static final int MANY = 70_000;

  @TempDir Path folder;

  /** So that it is not the JDK that is tested. */
  @BeforeEach
  void lookOften() throws IOException {
    for (int i = 0; i < MANY; i++) {
      ManyFiles.look(folder);
    }
  }

  @Test
  void theStatusIsThatWhichTheJdkGives() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x--x"));
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(-5, 123_456_789)));
    Files.createLink(folder.resolve("hard"), file);
    Path odd = RawName.ofBytes(new byte[] {'o', (byte) 0xff, '\n', '?'}).resolveIn(folder);
    Files.createDirectory(odd);
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));

    for (Path path :
        List.of(file, folder, odd, pipe, link, Path.of("/dev/null"), Path.of("/tmp"))) {
      assertThat(ManyFiles.look(path)).as(path.toString()).isEqualTo(FileSummary.of(path));
    }
  }

  @Test
  void aFileIsStillWhatItWasUntilItsSizeOrDateChanges() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    long modified = FileSummary.of(file).modified();
    assertThat(ManyFiles.isStill(file, 7, modified)).isTrue();
    assertThat(ManyFiles.isStill(file, 8, modified)).isFalse();
    assertThat(ManyFiles.isStill(file, 7, modified + 1)).isFalse();
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(ManyFiles.isStill(link, 7, modified)).isFalse();
  }

  @Test
  void whatIsMissingIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> ManyFiles.look(missing))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(missing.toString());
  }

  @Test
  void aFileIsReadAsFarAsThereIsRoom() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    byte[] into = new byte[12];
    assertThat(ManyFiles.read(file, into, 2, 10)).isEqualTo(7);
    assertThat(ManyFiles.read(file, into, 9, 3)).isEqualTo(3);
    assertThat(new String(into, StandardCharsets.US_ASCII)).isEqualTo("\0\0contentcon");
  }

  @Test
  @Timeout(60) // An open that waited would wait for ever.
  void whatIsNoFileIsNotRead() throws Exception {
    byte[] into = new byte[12];
    Path file = Files.writeString(folder.resolve("file"), "content");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThat(ManyFiles.read(link, into, 0, 10)).isNegative();
    assertThat(ManyFiles.read(folder, into, 0, 10)).isNegative();
    assertThat(ManyFiles.read(folder.resolve("missing"), into, 0, 10)).isNegative();
    assertThat(ManyFiles.read(pipe, into, 0, 10)).isZero();
  }
}
