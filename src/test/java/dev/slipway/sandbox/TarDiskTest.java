package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarDiskTest {
  private static final int BLOCK = 65536;

  @TempDir Path folder;

  @Test
  void beginsEachTarWithABlock() throws IOException {
    Path file = folder.resolve("disk");
    try (TarDisk disk = new TarDisk(file)) {
      assertThat(disk.add(bytes(BLOCK, 1))).hasToString("0:1");
      assertThat(disk.add(bytes(BLOCK + 1, 2))).hasToString("1:2");
      assertThat(disk.add(bytes(10, 3))).hasToString("3:1");
      assertThat(disk.size()).isEqualTo(4 * BLOCK);
    }

    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSize(4 * BLOCK);
    assertThat(bytes[BLOCK - 1]).isEqualTo((byte) 1);
    assertThat(bytes[2 * BLOCK]).isEqualTo((byte) 2);
    assertThat(bytes[2 * BLOCK + 1]).isZero();
    assertThat(bytes[3 * BLOCK + 9]).isEqualTo((byte) 3);
    assertThat(bytes[3 * BLOCK + 10]).isZero();
  }

  private static TarSource bytes(int count, int value) {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      bytes.put((byte) value);
    }
    return out -> {
      ByteBuffer rest = bytes.duplicate().flip();
      while (rest.hasRemaining()) {
        out.write(rest);
      }
    };
  }
}
