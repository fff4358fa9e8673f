package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.time.Duration;
import java.util.List;

/** A script took longer than it may, and was ended. */
public final class ScriptTimedOutException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final Duration time;
  private final transient List<String> log;

  /**
   * A failure.
   *
   * @param script the script's name
   * @param time how long it was allowed to take
   * @param log the last lines it printed
   */
  public ScriptTimedOutException(String script, Duration time, List<String> log) {
    super(script + " did not end within " + seconds(time));
    this.time = time;
    this.log = List.copyOf(log);
  }

  private static String seconds(Duration time) {
    return time.toSeconds() == 1 ? "a second" : time.toSeconds() + " seconds";
  }

  /** How long it was allowed to take. */
  public Duration time() {
    return time;
  }

  /** The last lines that the script printed. */
  public List<String> log() {
    return log;
  }
}
