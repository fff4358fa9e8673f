package dev.slipway.sandbox;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Passes on what a process prints, line by line as it comes, and remembers the last of it. */
final class OutputLines {
  private static final int LAST_LINES = 20;

  /** In characters; a script may print without ever ending a line. */
  private static final int LONGEST_LINE = 8192;

  private final Deque<String> last = new ArrayDeque<>();
  private final Thread reader;

  /** Begins to read, and closes {@code in} at its end. */
  OutputLines(BufferedReader in, Consumer<String> output) {
    this.reader = Thread.ofVirtual().start(() -> read(in, output));
  }

  /** The last lines, when there are no more to come. */
  List<String> last() throws InterruptedException {
    reader.join();
    return List.copyOf(last);
  }

  private void read(BufferedReader in, Consumer<String> output) {
    try (in) {
      for (String line = line(in); line != null; line = line(in)) {
        output.accept(line);
        last.addLast(line);
        if (last.size() > LAST_LINES) {
          last.removeFirst();
        }
      }
    } catch (IOException e) {
      last.addLast("(its output could not be read: " + e.getMessage() + ")");
    }
  }

  /** The next line, or as much of it as may be long; null at the end. */
  private static @Nullable String line(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < LONGEST_LINE) {
      int next = in.read();
      switch (next) {
        case -1 -> {
          return line.isEmpty() ? null : line.toString();
        }
        case '\n' -> {
          return line.toString();
        }
        case '\r' -> {
          in.mark(1);
          if (in.read() != '\n') {
            in.reset();
          }
          return line.toString();
        }
        default -> line.append((char) next);
      }
    }
    return line.toString();
  }
}
