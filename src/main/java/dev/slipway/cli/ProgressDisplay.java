package dev.slipway.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows progress on a terminal: a bar with layers, bytes and rate, gone when the image is done. */
final class ProgressDisplay implements ProgressView {
  private static final int UPDATE_MILLIS = 100;

  private final PrintStream err;
  private final Environment environment;

  private @Nullable ProgressBar bar;
  private @Nullable Line line;
  private int layers;
  private int done;
  private long measured;
  private long written;

  ProgressDisplay(PrintStream err, Environment environment) {
    this.err = err;
    this.environment = environment;
  }

  @Override
  public synchronized void started(String image, int layers) {
    this.layers = layers;
    this.done = 0;
    this.written = 0;
    Line ground = new Line(err, environment.columns() - 1);
    this.line = ground;
    this.bar =
        new ProgressBarBuilder()
            .setTaskName(image)
            .setInitialMax(-1)
            .setUnit(" MiB", 1 << 20)
            .showSpeed()
            .hideEta()
            .setStyle(
                environment.colour()
                    ? ProgressBarStyle.COLORFUL_UNICODE_BAR
                    : ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setConsumer(ground)
            .build();
  }

  @Override
  public synchronized void measured(long bytes) {
    measured += bytes;
    step();
  }

  @Override
  public synchronized void written(long bytes) {
    written += bytes;
    done++;
    step();
  }

  /** Layers whose digests are known are written without being measured, others after. */
  private void step() {
    if (bar != null) {
      bar.stepTo(Math.max(measured, written));
      bar.setExtraMessage(" layer " + done + "/" + layers);
    }
  }

  @Override
  public synchronized void output(String line) {
    err.println("\r" + line);
  }

  @Override
  public synchronized void warning(String message) {
    err.println("\rslipway: warning: " + OneLine.of(message));
  }

  @Override
  public synchronized void finished() {
    close();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
    if (line != null) {
      // A bar that is closed before it was drawn for the first time does not close its line.
      line.close();
      line = null;
    }
  }

  /**
   * The line that the bar is drawn on. The library's own takes the terminal's width from a native
   * library; and the library may draw once more, from another thread, after it closed the line.
   */
  private static final class Line implements ProgressBarConsumer {
    private final PrintStream err;
    private final int width;
    private boolean closed;

    Line(PrintStream err, int width) {
      this.err = err;
      this.width = width;
    }

    @Override
    public int getMaxRenderedLength() {
      return width;
    }

    @Override
    public synchronized void accept(String rendered) {
      if (!closed) {
        err.print("\r" + rendered);
        err.flush();
      }
    }

    @Override
    public synchronized void close() {
      if (!closed) {
        closed = true;
        err.print("\r" + " ".repeat(width) + "\r");
        err.flush();
      }
    }
  }
}
