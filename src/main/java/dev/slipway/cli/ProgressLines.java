package dev.slipway.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Shows progress where there is no terminal: a line for each layer and one for the whole. */
final class ProgressLines implements ProgressView {
  private final PrintStream err;
  private final InstantSource clock;

  private String image = "";
  private int layers;
  private int done;
  private long written;
  private Instant start = Instant.EPOCH;

  ProgressLines(PrintStream err, InstantSource clock) {
    this.err = err;
    this.clock = clock;
  }

  @Override
  public synchronized void started(String image, int layers) {
    this.image = image;
    this.layers = layers;
    this.done = 0;
    this.written = 0;
    this.start = clock.instant();
  }

  @Override
  public synchronized void written(long bytes) {
    done++;
    written += bytes;
    err.printf("%s: layer %d of %d, %s%n", image, done, layers, Bytes.of(bytes));
  }

  @Override
  public synchronized void output(String line) {
    err.println(line);
  }

  @Override
  public synchronized void warning(String message) {
    err.println("slipway: warning: " + OneLine.of(message));
  }

  @Override
  public synchronized void finished() {
    long millis = Math.max(1, Duration.between(start, clock.instant()).toMillis());
    err.printf(
        "%s: %s, %s in %d.%d s, %s/s%n",
        image,
        layers == 1 ? "1 layer" : layers + " layers",
        Bytes.of(written),
        millis / 1000,
        millis % 1000 / 100,
        Bytes.of((long) (written * 1000.0 / millis)));
  }
}
