package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.IOException;

/**
 * Runs a script over a tree of files and tells what it left. Each way of doing so is a class of its
 * own. What they make of the same run is the same, but that the script is root, or what looks like
 * it, in all of them save {@link PlainSandbox}, which serves only runs that need nothing of root.
 */
@FunctionalInterface
public interface Sandbox {
  /**
   * Runs a script and waits for its end. Whatever happens to it, nothing of it goes on and nothing
   * of it is left but what is returned.
   *
   * @return what the script left, to be closed when it is no longer needed
   * @throws ScriptFailedException if it ends with another status than 0
   * @throws ScriptTimedOutException if it takes longer than it may
   * @throws ImageException if this system refuses what the run needs
   * @throws IOException if files cannot be read or written, or programs not be started
   * @throws InterruptedException if the wait is interrupted; the script is ended then
   */
  Changeset run(ScriptRun run) throws IOException, InterruptedException;
}
