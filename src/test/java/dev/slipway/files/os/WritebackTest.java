package dev.slipway.files.os;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class WritebackTest {
  @TempDir Path dir;

  @Test
  void leavesTheChannelOpen() throws IOException {
    try (FileChannel channel = create()) {
      Writeback writeback = new Writeback(channel);
      channel.write(ByteBuffer.wrap(new byte[1]), 100 << 20);
      writeback.finish();

      assertThatCode(() -> channel.write(ByteBuffer.wrap(new byte[1]))).doesNotThrowAnyException();
    }
  }

  @Test
  @Timeout(60)
  void tellsAtTheEndOfAFailureInBetween() throws IOException {
    FileChannel channel = create();
    Writeback writeback = new Writeback(channel);
    channel.close();
    while (writeback.isRunning()) {
      Thread.onSpinWait();
    }

    assertThatThrownBy(writeback::finish).isInstanceOf(ClosedChannelException.class);
  }

  private FileChannel create() throws IOException {
    return FileChannel.open(
        dir.resolve("f"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }
}
