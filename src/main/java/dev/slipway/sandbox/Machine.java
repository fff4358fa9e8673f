package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A running virtual machine. It says by lines how far it is, and ends with this process whatever
 * happens to that.
 */
final class Machine implements Closeable {
  private static final String REPORT = "slipway: ";
  private static final int LAST_LINES = 20;

  /** How long a machine that was told to end is waited for. */
  private static final long PATIENCE = 10;

  private final Process process;
  private final Path console;
  private final OutputLines output;
  private final Thread reader;
  private final BlockingQueue<Optional<String>> reports = new LinkedBlockingQueue<>();
  private final Deque<String> complaints = new ArrayDeque<>();

  /**
   * Starts one. Its standard output is that of the scripts in it; its reports come as lines of
   * standard error, with a prefix.
   *
   * @param command what runs it, in the folder of its files, which are {@code vm-host.sh} and its
   *     own
   * @param largestFile the size in bytes of the largest file that it may write
   * @param path where that finds other programs
   * @param output hears each line that scripts print
   */
  static Machine start(
      List<String> command, Path folder, long largestFile, List<Path> path, Consumer<String> output)
      throws IOException {
    List<String> whole = new ArrayList<>(List.of("/bin/sh", "vm-host.sh"));
    whole.add(Long.toString(Math.ceilDiv(largestFile, 1024)));
    whole.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(whole).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.put("PATH", path.stream().map(Path::toString).collect(Collectors.joining(":")));
    environment.put("TMPDIR", folder.toString());
    return new Machine(builder.start(), folder.resolve("console"), output);
  }

  private Machine(Process process, Path console, Consumer<String> output) {
    this.process = process;
    this.console = console;
    this.output = new OutputLines(process.inputReader(StandardCharsets.UTF_8), output);
    this.reader = Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(REPORT)) {
          reports.add(Optional.of(line.substring(REPORT.length())));
        } else if (!line.contains("warning:")) {
          complaints.addLast(line);
          if (complaints.size() > LAST_LINES) {
            complaints.removeFirst();
          }
        }
      }
    } catch (IOException e) {
      complaints.addLast("what it says could not be read: " + e.getMessage());
    }
    reports.add(Optional.empty());
  }

  /**
   * Waits for what it says next.
   *
   * @return empty if it has ended instead
   */
  Optional<String> report() throws InterruptedException {
    return reports.take();
  }

  /**
   * Waits for what it says next.
   *
   * @return empty if it has ended instead
   * @throws TimeoutException if neither happens in that time
   */
  Optional<String> report(Duration time) throws InterruptedException, TimeoutException {
    Optional<String> report = reports.poll(Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
    if (report == null) {
      throw new TimeoutException();
    }
    return report;
  }

  /** Waits for its end, by when all of its files are written. */
  void awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
      throw new ImageException("the virtual machine does not end");
    }
  }

  /** The last lines that scripts have printed, when it has ended. */
  List<String> lastLines() throws InterruptedException {
    return output.last();
  }

  /** Ends it, and tells why it has not said anything, as far as that is known. */
  String reason() throws InterruptedException {
    close();
    reader.join();
    if (!complaints.isEmpty()) {
      return complaints.getFirst();
    }
    try {
      // The kernel's own messages begin with a time in brackets; its last words explain the rest.
      List<String> lines =
          Files.readAllLines(console, StandardCharsets.ISO_8859_1).stream()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      return Stream.of("panic", "[^\\[].*", ".*")
          .flatMap(kind ->
              lines.reversed().stream().filter(line -> line.contains(kind) || line.matches(kind)))
          .findFirst()
          .orElse("it says nothing");
    } catch (IOException e) {
      // It has not come that far.
    }
    return "it says nothing";
  }

  /** Ends it if it still runs. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroyForcibly();
    }
    process
        .onExit()
        .completeOnTimeout(process, PATIENCE, TimeUnit.SECONDS)
        .thenAccept(Process::destroyForcibly)
        .join();
    process.onExit().join();
  }
}
