package dev.slipway.sandbox;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A script with all that its result depends on.
 *
 * @param script the script; inside the tree or above layers, a shell or folder of {@code PATH} that
 *     is not in the store is looked up there
 * @param view what it sees
 * @param beginning the tree as it is before: names that begin with {@code ./}, owners by number
 * @param afterwards a script that runs as root in the folder of the result, outside of it, when the
 *     first has ended
 * @param store the store that both see at its logical place; nothing of it is in the result
 * @param limits what it may take
 * @param network what of the network it sees
 */
public record ScriptRun(
    Script script,
    View view,
    TarSource beginning,
    Optional<Script> afterwards,
    Optional<Script.VisibleStore> store,
    Limits limits,
    Network network) {

  /** What of the network a script sees. */
  public enum Network {
    /** Nothing but itself. */
    NONE,
    /** What the caller sees. */
    HOST
  }

  /**
   * What a script may take.
   *
   * @param diskBytes the room for the tree; it has the file system be full, not the machine's
   * @param memoryBytes the memory of all its processes together, what is on disk not counted
   * @param time how long it may run
   */
  public record Limits(OptionalLong diskBytes, OptionalLong memoryBytes, Optional<Duration> time) {
    /** As much as there is. */
    public static final Limits NONE =
        new Limits(OptionalLong.empty(), OptionalLong.empty(), Optional.empty());

    /** Refuses limits that allow nothing. */
    public Limits {
      if (diskBytes.orElse(1) <= 0 || memoryBytes.orElse(1) <= 0) {
        throw new IllegalArgumentException("no room at all");
      }
      if (time.isPresent() && !time.get().isPositive()) {
        throw new IllegalArgumentException("no time at all: " + time.get());
      }
    }
  }
}
