package dev.slipway.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.List;

/**
 * What has become of a tar that a process was given to unpack.
 *
 * @param whole whether the process has taken all of it and ended well
 * @param status its exit status
 * @param said what it said last
 */
record Unpacking(boolean whole, int status, List<String> said) {

  /**
   * Gives {@code source} to a process and waits for its end; the process is ended if that fails.
   *
   * @param messages what the process says, which is read meanwhile: it may be more than a pipe
   *     holds
   * @throws IOException if the tar cannot be read
   * @throws InterruptedException if the wait is interrupted
   */
  static Unpacking of(TarSource source, Process process, BufferedReader messages)
      throws IOException, InterruptedException {
    boolean ended = false;
    try {
      OutputLines said = new OutputLines(messages, _ -> {});
      Feed feed = new Feed(Channels.newChannel(process.getOutputStream()));
      try (feed) {
        source.writeTo(feed);
      } catch (IOException e) {
        if (!feed.refused) {
          throw e;
        }
      }
      int status = process.waitFor();
      ended = true;
      return new Unpacking(status == 0 && !feed.refused, status, said.last());
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
  }

  /** Passes bytes on to a process, and knows whether it was that which took no more. */
  private static final class Feed implements WritableByteChannel {
    private final WritableByteChannel process;
    private boolean refused;

    Feed(WritableByteChannel process) {
      this.process = process;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      try {
        return process.write(bytes);
      } catch (IOException e) {
        refused = true;
        throw e;
      }
    }

    @Override
    public boolean isOpen() {
      return process.isOpen();
    }

    @Override
    public void close() throws IOException {
      try {
        process.close();
      } catch (IOException e) {
        refused = true;
        throw e;
      }
    }
  }
}
