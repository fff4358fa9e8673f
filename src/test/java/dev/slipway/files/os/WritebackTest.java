package dev.slipway.files.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class WritebackTest {
  @TempDir Path dir;

  @Test
  @Timeout(60)
  void leavesTheChannelOpenAndNoDescriptorBehind() throws IOException {
    try (FileChannel channel = create()) {
      long before = descriptors();
      Writeback writeback = new Writeback(channel, file());
      channel.write(ByteBuffer.wrap(new byte[1]), 100 << 20);

      writeback.close();

      assertThat(descriptors()).isEqualTo(before);
      assertThatCode(() -> channel.write(ByteBuffer.wrap(new byte[1]))).doesNotThrowAnyException();
    }
  }

  @Test
  void findsTheDescriptorOfAnOpenFile() throws IOException {
    FileChannel channel = create();
    try (channel) {
      int number = Writeback.descriptor(file());
      assertThat(Path.of("/proc/self/fd/" + number).toRealPath()).isEqualTo(file().toRealPath());
    }
    assertThatThrownBy(() -> Writeback.descriptor(file())).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  @Timeout(60)
  void doesWithoutAFileThatIsGone() throws IOException {
    try (FileChannel channel = create()) {
      Files.delete(file());
      Writeback writeback = new Writeback(channel, file());
      channel.write(ByteBuffer.wrap(new byte[1]), 100 << 20);
      while (writeback.isRunning()) {
        Thread.onSpinWait();
      }

      assertThatCode(writeback::close).doesNotThrowAnyException();
    }
  }

  @Test
  @Timeout(60)
  void endsWithItsChannel() throws IOException {
    FileChannel channel = create();
    Writeback writeback = new Writeback(channel, file());

    channel.close();

    while (writeback.isRunning()) {
      Thread.onSpinWait();
    }
    assertThatCode(writeback::close).doesNotThrowAnyException();
  }

  private Path file() {
    return dir.resolve("f");
  }

  private FileChannel create() throws IOException {
    return FileChannel.open(file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /** How many descriptors of this process lead to the file. */
  private long descriptors() throws IOException {
    Path real = file().toRealPath();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(each -> leadsTo(each, real)).count();
    }
  }

  private static boolean leadsTo(Path descriptor, Path file) {
    try {
      return Files.isSymbolicLink(descriptor) && Files.readSymbolicLink(descriptor).equals(file);
    } catch (NoSuchFileException e) {
      return false; // Closed meanwhile.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
