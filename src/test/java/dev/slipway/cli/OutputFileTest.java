package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.os.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
  @TempDir Path folder;

  private static void write(OutputFile file, String text) throws IOException {
    file.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  private Stream<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    }
  }

  @Test
  void appearsWhole() throws Exception {
    Path place = folder.resolve("a.tar");
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
        OutputFile file = OutputFile.create(place, temporaryFiles)) {
      write(file, "half");
      assertThat(place).doesNotExist();
      write(file, " and half");
      file.commit();
    }
    assertThat(place).hasContent("half and half");
    assertThat(names()).containsExactly("a.tar");
  }

  @Test
  void leavesTheOldOneIfItIsNotDone() throws Exception {
    Path place = Files.writeString(folder.resolve("a.tar"), "old");
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
        OutputFile file = OutputFile.create(place, temporaryFiles)) {
      write(file, "new");
    }
    assertThat(place).hasContent("old");
    assertThat(names()).containsExactly("a.tar");
  }

  @Test
  void goesWhenTheProcessEnds() throws Exception {
    TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
    try (OutputFile file = OutputFile.create(folder.resolve("a.tar"), temporaryFiles)) {
      write(file, "half");
      temporaryFiles.close();
      assertThat(names()).isEmpty();
      assertThatThrownBy(file::commit).hasMessage("interrupted");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void writesThroughALink() throws Exception {
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), target.getFileName());
    Path fresh = Files.createSymbolicLink(folder.resolve("fresh"), Path.of("missing"));
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder)) {
      for (Path place : new Path[] {link, fresh}) {
        try (OutputFile file = OutputFile.create(place, temporaryFiles)) {
          write(file, "new");
          file.commit();
        }
      }
    }
    assertThat(link).isSymbolicLink().hasContent("new");
    assertThat(target).isRegularFile().hasContent("new");
    assertThat(folder.resolve("missing")).hasContent("new");
  }

  @Test
  void mayHaveTheLongestNameThereIs() throws Exception {
    Path place = folder.resolve("a".repeat(251) + ".tar");
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
        OutputFile file = OutputFile.create(place, temporaryFiles)) {
      write(file, "new");
      file.commit();
    }
    assertThat(place).hasContent("new");
  }

  @Test
  void leavesDevicesInTheirPlace() throws Exception {
    Path device = Path.of("/dev/null");
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
        OutputFile file = OutputFile.create(device, temporaryFiles)) {
      write(file, "new");
      file.commit();
    }
    assertThat(device).exists();
    assertThat(Files.isRegularFile(device)).isFalse();
  }

  @Test
  void namesWhatCannotBeWritten() throws Exception {
    try (TemporaryFiles temporaryFiles = new TemporaryFiles(folder)) {
      assertThatThrownBy(() -> OutputFile.create(folder, temporaryFiles))
          .hasMessage(folder + ": is a directory");
      assertThatThrownBy(() -> OutputFile.create(folder.resolve("missing/a.tar"), temporaryFiles))
          .isInstanceOf(NoSuchFileException.class)
          .hasMessage(folder.resolve("missing").toString());
      try (OutputFile file = OutputFile.create(folder.resolve("a"), temporaryFiles)) {
        assertThat(file.explain(new IOException("No space left on device")))
            .hasMessage(folder.resolve("a") + ": No space left on device");
        IOException other = new IOException("other");
        assertThat(file.explain(other)).isSameAs(other);
      }
    }
  }

  @Test
  void temporaryFoldersGoWhateverIsInThem() throws Exception {
    TemporaryFiles temporaryFiles = new TemporaryFiles(folder);
    Path inside = temporaryFiles.folder();
    assertThat(temporaryFiles.folder()).isEqualTo(inside);
    Path deep = Files.createDirectories(inside.resolve("a/b"));
    Files.writeString(deep.resolve("c"), "c");
    Files.createSymbolicLink(deep.resolve("d"), Path.of("/"));
    Files.setPosixFilePermissions(deep, PosixFilePermissions.fromString("---------"));
    Files.setPosixFilePermissions(
        inside.resolve("a"), PosixFilePermissions.fromString("r-xr-xr-x"));
    temporaryFiles.close();
    assertThat(names()).isEmpty();
    assertThatThrownBy(temporaryFiles::folder).hasMessage("interrupted");
  }
}
