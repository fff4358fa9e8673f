package dev.slipway.cli;

import dev.slipway.files.os.Hints;
import dev.slipway.files.os.OutputFile;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The streams that a program is started with.
 *
 * @param in standard input
 * @param out standard output, for results
 * @param err standard error, for everything else
 * @param outIsTerminal whether results are seen by a person as they are
 * @param errIsTerminal whether messages are seen as they come
 * @param outIsSmallPipe whether results go through a pipe of the system that nobody has enlarged
 */
record Streams(
    InputStream in,
    WritableByteChannel out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    boolean outIsSmallPipe) {
  private static final int STANDARD_OUTPUT = 1;
  private static final int STANDARD_ERROR = 2;

  /** The property by which the launcher says that it has made the pipe larger. */
  private static final String ENLARGED = "slipway.enlarged";

  /** How many bytes a pipe may hold without asking root. */
  private static final int PIPE = 1 << 20;

  /** Those of this process. */
  @SuppressWarnings("resource") // Standard output is closed by the end of the process.
  static Streams ofProcess() {
    return new Streams(
        System.in,
        new FileOutputStream(FileDescriptor.out).getChannel(),
        System.err,
        isTerminal(STANDARD_OUTPUT),
        isTerminal(STANDARD_ERROR),
        target(STANDARD_OUTPUT).startsWith("pipe:") && !Boolean.getBoolean(ENLARGED));
  }

  /**
   * The JDK can tell of standard input and output only, and only together, so Linux is asked where
   * the descriptor leads.
   */
  private static boolean isTerminal(int descriptor) {
    String target = target(descriptor);
    return target.startsWith("/dev/pts/")
        || target.startsWith("/dev/tty")
        || target.equals("/dev/console");
  }

  /** What a descriptor leads to; empty if that cannot be known. */
  private static String target(int descriptor) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
    } catch (IOException | UnsupportedOperationException _) {
      return "";
    }
  }

  /**
   * Standard output for much to come: where it is a pipe, it is soon made as large as an ordinary
   * user may make it. That happens beside other work, for the first system call takes its time.
   */
  WritableByteChannel outForMuch() {
    if (outIsSmallPipe) {
      Thread.ofPlatform().daemon().start(() -> Hints.enlargePipe(STANDARD_OUTPUT, PIPE));
    }
    return out;
  }

  /** Refuses to show an archive to a person. */
  void refuseTerminal() throws UsageException {
    if (outIsTerminal) {
      throw new UsageException("standard output is a terminal, which archives are not for");
    }
  }

  /** Writes {@code text} to standard output. */
  void print(String text) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes {@code bytes} to standard output. */
  void write(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        out.write(buffer);
      }
    } catch (IOException e) {
      throw explain(e);
    }
  }

  /** {@code fault}, or one that also names standard output if the kernel refused to write to it. */
  static IOException explain(IOException fault) {
    return OutputFile.explain("standard output", fault);
  }
}
