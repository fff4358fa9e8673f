package dev.slipway.files.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class HintsTest {
  private static final int MIB = 1 << 20;

  @TempDir Path folder;

  @Test
  @Timeout(60) // What does not fit into a pipe waits for a reader.
  void anEnlargedPipeTakesMoreBeforeAnybodyReads() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    int descriptor = SystemCalls.openLockFile(pipe);
    try (RandomAccessFile end = new RandomAccessFile(pipe.toFile(), "rw")) {
      assertThat(Hints.enlargePipe(descriptor, MIB)).isTrue();
      end.write(new byte[MIB]);
      byte[] read = new byte[MIB];
      end.readFully(read);
      assertThat(read).containsOnly(0);
    } finally {
      SystemCalls.close(descriptor, pipe);
    }
  }

  @Test
  void whatIsNoPipeStaysAsItIs() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    int descriptor = SystemCalls.openLockFile(file);
    try {
      assertThat(Hints.enlargePipe(descriptor, MIB)).isFalse();
    } finally {
      SystemCalls.close(descriptor, file);
    }
  }
}
