package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.util.List;

/** A script ended with another status than 0. */
public final class ScriptFailedException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final int exitStatus;
  private final transient List<String> log;

  /**
   * A failure.
   *
   * @param script the script's name
   * @param exitStatus its exit status
   * @param log the last lines it printed
   */
  public ScriptFailedException(String script, int exitStatus, List<String> log) {
    super(
        script
            + " failed with exit status "
            + exitStatus
            + (log.isEmpty() ? "" : ": " + log.getLast().strip()));
    this.exitStatus = exitStatus;
    this.log = List.copyOf(log);
  }

  /** The script's exit status. */
  public int exitStatus() {
    return exitStatus;
  }

  /** The last lines that the script printed. */
  public List<String> log() {
    return log;
  }
}
