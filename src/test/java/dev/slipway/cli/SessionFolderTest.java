package dev.slipway.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class SessionFolderTest {
  @TempDir private Path parent;

  /** The kernel says of that folder that it is not there when something is to be made in it. */
  @Test
  @Timeout(60)
  void aFolderThatTakesNoOthersIsAnError() {
    assertThatThrownBy(() -> SessionFolder.create(Path.of("/proc")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageStartingWith("/proc/");
  }

  @Test
  void whatAKilledProcessHasLeftIsDeleted() throws Exception {
    Path left = Files.createDirectory(parent.resolve("slipway-session.1"));
    Files.createFile(left.resolve("lock"));
    Files.writeString(Files.createDirectory(left.resolve("base")).resolve("file"), "text");
    Path early = Files.createDirectory(parent.resolve("slipway-session.2"));

    SessionFolder folder = SessionFolder.create(parent);

    assertThat(left).doesNotExist();
    assertThat(early).doesNotExist();
    assertThat(folder.path()).isDirectory();
    folder.lock().close();
  }

  @Test
  void whatIsInUseOrSomethingElseStays() throws Exception {
    SessionFolder used = SessionFolder.create(parent);
    Path file = Files.createFile(parent.resolve("slipway-session.file"));
    Path kept = Files.createDirectory(parent.resolve("slipway-failed.1"));
    Path target = Files.createDirectory(parent.resolve("target"));
    Path link = Files.createSymbolicLink(parent.resolve("slipway-session.link"), target);
    Path unlocked = Files.createDirectory(parent.resolve("slipway-session.unlocked"));
    Files.createFile(unlocked.resolve("something"));

    SessionFolder.create(parent).lock().close();

    assertThat(parent.toFile().list())
        .contains(
            used.path().getFileName().toString(),
            file.getFileName().toString(),
            kept.getFileName().toString(),
            target.getFileName().toString(),
            link.getFileName().toString(),
            unlocked.getFileName().toString());
    used.lock().close();
  }
}
